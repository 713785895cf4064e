"""Stable reason tags and the sentence that each one stands for.

Tags are written into plans, JSON and audit records: they are added, never renamed. The test of the
documentation compares this table with every tag that the code gives.
"""

from __future__ import annotations

from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    "taken": "The contact is in the plan.",
    # the satellite or its service cannot be received
    "dead": "The satellite does not work any more.",
    "decayed": "The satellite has left its orbit.",
    "no_radio_data": "No downlink of the satellite is known to satellites.toml.",
    "no_elements": "There is no element set for the satellite.",
    "not_wanted": "The station does not serve this satellite by choice.",
    "out_of_band": "The downlink is outside the antenna's receive bands.",
    "polarisation_mismatch": "The antenna does not receive the polarisation of the downlink.",
    "frequency_conjunction": "Another satellite on the same frequency is in the antenna's beam.",
    # the antenna cannot follow: cuts of a pass
    "below_horizon_mask": "The satellite is behind the horizon mask of the station.",
    "below_tracking_floor": "The satellite is lower than the antenna may point.",
    "above_elevation_travel": "The satellite is higher than the antenna's elevation travel.",
    "below_min_culmination": "The pass culminates lower than the antenna's minimum culmination.",
    "in_keyhole": "The satellite moves faster across the zenith than the antenna can turn.",
    "beyond_cable_wrap": "No wrap of the cables lets the antenna turn through the whole pass.",
    "sun_interference": "The Sun stands behind the satellite; its noise drowns the signal.",
    "in_downtime": "The antenna serves nobody in this span.",
    # the pass is a candidate no more, or lost against others
    "shorter_than_min_contact": "What is left of the pass is shorter than the shortest contact.",
    "beaten_by": "Another contact on the antenna is worth more.",
    "begins_before_plan": "The setup for the pass would begin before the plan does.",
    "forbidden": "The problem forbids this contact.",
    "no_window": "The antenna cannot use any part of the pass.",
    "pinned_away": "A contact that somebody holds stands in the way.",
    "request_fulfilled": "The request has all the contacts it may have.",
    "limit_reached": "A hard limit of the problem is reached.",
    "owner_share_used": "The owner's hard share of the antenna is used up.",
    "not_worth_it": "The contact would not make the plan better.",
    # why a contact is held
    "pinned": "A person pinned the contact.",
    "frozen": "The contact starts too soon to be moved.",
    "commanded": "The satellite's owner has already commanded the transmission.",
    # what new elements did to a booked contact
    "pass_vanished": "The newest elements predict no such pass.",
    "window_moved": "The newest window does not hold the booked contact any more.",
    "setup_does_not_fit": "The setup before the contact does not fit any more.",
    # why publishing leaves a planned contact out
    "begins_in_the_past": "Its setup would have had to begin already.",
    "inside_command_lead": "The mission has commanded this time already and has confirmed nothing.",
    "meets_fixed_contact": "A booked contact that nothing but a person may change is in the way.",
    "meets_kept_contact": "A booked contact that stays is in the way.",
    "meets_blocked_span": "The antenna is blocked then.",
    # why a contact of one plan is another in the next
    "not_booked_before": "No contact was booked there.",
    "new_elements": "Newer element sets moved the pass.",
    "antenna_changed": "Another antenna takes the pass now.",
    "window_changed": "The station's mask or settings changed the window.",
    "new_request": "A request is new, or asks for something else.",
    "request_withdrawn": "A request does not ask for it any more.",
    "priority_changed": "The satellite's priority changed.",
    "outage": "The antenna is out of service now.",
    "outage_lifted": "The antenna is in service again.",
    "new_antenna": "The antenna is new.",
    "antenna_removed": "The antenna is no longer there.",
    "satellite_added": "The satellite is newly planned.",
    "satellite_removed": "The satellite is no longer planned.",
    "outside_span": "The other plan's span does not reach it.",
    "unpinned": "Nobody pins the contact any more.",
    "forbid_lifted": "The contact is no longer forbidden.",
    "chosen_otherwise": "The planner chose another part of the pass.",
    "no_such_pass": "The other plan knows no such pass.",
}
