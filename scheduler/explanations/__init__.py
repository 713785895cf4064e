"""Why, and what would it cost: every candidate and every goal of a plan, explained.

``explain`` gives reasons, ``contributions`` what a contact brings, ``prices`` what another decision
costs (solved again), ``alternatives`` what would still fit, ``goal_report`` and ``fairness`` who is
served how well, ``limiting_resource`` what more of which resource is worth; ``pass_explanation``
gathers the facts of a pass, ``sentences`` says them in words.
"""
