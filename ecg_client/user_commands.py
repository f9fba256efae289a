"""What an admin does with users by the `ecg` command, and how somebody invited gets a password of their own."""

import os
from uuid import UUID

import click

from ecg_client import showing
from ecg_client.failures import Commands
from ecg_client.results import InvitedUser
from ecg_client.session import Session


@click.group(cls=Commands, invoke_without_command=True)
@showing.JSON_OPTION
@click.pass_context
def users(ctx: click.Context, as_json: bool) -> None:
    """List the users, or add one. For an admin."""
    if ctx.invoked_subcommand is not None:
        return
    with ctx.obj.client() as client:
        listed = sorted(client.users(), key=lambda user: user.email)
    if as_json:
        showing.say_json(listed)
    else:
        showing.console().print(showing.user_table(listed))


@users.command()
@click.argument("email")
@click.option("--admin", is_flag=True, help="As an admin, who registers users and reads no ECG.")
@showing.JSON_OPTION
@click.pass_obj
def add(session: Session, email: str, admin: bool, as_json: bool) -> None:
    """Register a user; their invitation is shown this once."""
    with session.client() as client:
        created = client.create_user(email, "admin" if admin else "client")
    _say_invited("Registered", created, as_json)


@users.command()
@click.argument("user_id", type=click.UUID)
@showing.JSON_OPTION
@click.pass_obj
def invite(session: Session, user_id: UUID, as_json: bool) -> None:
    """Invite a user anew, who forgot their password or let their invitation end."""
    with session.client() as client:
        invited = client.invite_user(user_id)
    _say_invited("Invited", invited, as_json)


def _say_invited(what: str, user: InvitedUser, as_json: bool) -> None:
    if as_json:
        showing.say_json(user)
    else:
        until = f"{user.invitation_expires_at:%Y-%m-%d %H:%M %Z}"
        showing.say(f"{what} {user.email}. Invitation, shown this once, until {until}: {user.invitation}")


@click.command()
@click.pass_obj
def redeem(session: Session) -> None:
    """Trade an invitation for a password of your own.

    Both are asked for, or taken from ECG_INVITATION and ECG_PASSWORD.
    """
    invitation = os.environ.get("ECG_INVITATION") or click.prompt("Invitation", hide_input=True, err=True)
    password = os.environ.get("ECG_PASSWORD") or click.prompt(
        "New password", hide_input=True, confirmation_prompt=True, err=True
    )
    with session.client(signed_in=False) as client:
        user = client.redeem_invitation(invitation, password)
    showing.say(f"{user.email} has this password now: `ecg login` signs in.")
