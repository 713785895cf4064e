"""Two plans side by side: ``diff`` what became of each contact, ``causes`` through which input.

``side_by_side`` adds value, goals and owners; ``trade_off`` draws value against changed contacts.
"""
