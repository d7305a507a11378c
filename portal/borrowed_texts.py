"""Texts of Django and its sign-in package that the portal says in its own Dutch: formal, and with its own words.

Nothing calls these: marked here, they get into locale/nl, and the project's translations go before those of packages.
"""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

SIGN_IN = (
    _("The email address and/or password you specified are not correct."),
    _("Please type your current password."),
    _("You must type the same password each time."),
    _("This account is currently inactive."),
    _("The email address is not assigned to any user account."),
    _("Too many failed login attempts. Try again later."),
    _("Be patient, you are sending too many requests."),
    _("Successfully signed in as %(name)s."),
    _("You have signed out."),
    _("Password successfully changed."),
    _("Password successfully set."),
    _("The password reset token was invalid."),
    _("Email"),
    _("Email address"),
    _("Password"),
    _("Forgot your password?"),
    _("Current Password"),
    _("New Password"),
    _("New Password (again)"),
    _("Password (again)"),
    _("Remember Me"),
    _("Incorrect password."),
    _("Incorrect code."),
    _("Use your password"),
    _("Use authenticator app or code"),
    _("Use a security key"),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
    _("This field is required."),
)
MAIL = (
    _("You are receiving this mail because the following change was made to your account:"),
    _(
        "If you do not recognize this change then please take proper security precautions immediately."
        " The change to your account originates from:\n\n"
        "- IP address: %(ip)s\n- Browser: %(user_agent)s\n- Date: %(timestamp)s"
    ),
    _(
        "You are receiving this email because you, or someone else, tried to access an account with email %(email)s."
        " However, we do not have any record of such an account in our database."
    ),
    _("This mail can be safely ignored if you did not initiate this action."),
    _("Your password has been changed."),
    _("Your password has been reset."),
    _("Your password has been set."),
    _("Password Changed"),
    _("Password Set"),
    _("Unknown Account"),
)
