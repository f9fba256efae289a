"""Every bad input that is promised an answer: the requests of the tests, and the rows of ``docs/api.md``."""

from tests.bad_input.arrow import ARROW_UPLOADS
from tests.bad_input.case import Case
from tests.bad_input.no_request import NO_REQUEST
from tests.bad_input.queries import QUERIES
from tests.bad_input.signing_in import SIGNING_IN
from tests.bad_input.uploads import UPLOADS

# What is called by address and by what is sent, in the order of the page.
GROUPS: dict[str, tuple[Case, ...]] = {
    "Uploads: `POST /v1/ecgs`": UPLOADS,
    "Uploads as an Arrow stream": ARROW_UPLOADS,
    "Reading: `GET /v1/ecgs` and what is below it": QUERIES,
    "Signing in and users: `/v1/token`, `/v1/users`": SIGNING_IN,
    "What is no request, at any address": NO_REQUEST,
}
