"""The APIs' pages as a newcomer tries them: Authorize, then Execute on every operation, with its own examples."""

from harness.executing import Page, press_all
from harness.running import System, User
from infra.local.admin import Account


def test_every_operation_answers_its_example(system: System) -> None:
    client, admin = (account(user) for user in (system.new_user(), system.admin))
    for url in (system.ingest_url, system.query_url):
        press_all(
            Page.of(system.http, url, client), Page.of(system.http, url, admin), query_url=system.query_url
        )


def account(user: User) -> Account:
    return Account(user.email, user.password)
