"""Money back. No request of the demonstration comes here: see what the report says."""

from decimal import Decimal

from shop.pricing import rounded

DAYS = 30


def refund(order, days_since, opened=False):
    if days_since > DAYS:
        return refuse(order, "too late")
    amount = Decimal(order["total"])
    if opened:
        amount *= Decimal("0.5")
    if order.get("coupon", "").startswith("STAFF-"):
        return refuse(order, "staff orders are final")
    return {"order": order["number"], "refund": rounded(amount)}


def refuse(order, reason):
    return {"order": order["number"], "refund": "0.00", "reason": reason}
