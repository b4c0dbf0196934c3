"""What a cart costs."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
SHIPPING = Decimal("4.90")
FREE_FROM = Decimal("50")


class BadCoupon(ValueError):
    pass


def discount(subtotal, coupon):
    """What is taken off."""
    if not coupon:
        return Decimal(0)
    if coupon == "WELCOME":
        return subtotal * Decimal("0.10")
    if coupon == "TEATIME":
        if subtotal < 20:
            raise BadCoupon("TEATIME is for orders of 20 and more")
        return Decimal(5)
    if coupon.startswith("STAFF-"):
        if not coupon[6:].isdigit():
            raise BadCoupon("that is no staff number")
        return subtotal * Decimal("0.30")
    raise BadCoupon(f"there is no coupon {coupon}")


def shipping(subtotal, country):
    if country == "DE":
        return Decimal(0) if subtotal >= FREE_FROM else SHIPPING
    if country in ("AT", "CH"):
        return SHIPPING * 2
    surcharge = Decimal("12.50")
    if subtotal > 200:
        surcharge += subtotal * Decimal("0.02")
    return surcharge


def total(lines, coupon=None, country="DE"):
    subtotal = sum((price * count for price, count in lines), Decimal(0))
    less = discount(subtotal, coupon)
    costs = shipping(subtotal - less, country)
    return {
        "subtotal": rounded(subtotal),
        "discount": rounded(less),
        "shipping": rounded(costs),
        "total": rounded(subtotal - less + costs),
    }


def rounded(amount):
    return str(amount.quantize(CENT, ROUND_HALF_UP))
