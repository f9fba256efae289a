"""Every bad input that is promised an answer: the requests of the tests, and the rows of ``docs/api.md``."""

from harness.bad_input.arrow import ARROW_UPLOADS
from harness.bad_input.case import Case
from harness.bad_input.files import FILES
from harness.bad_input.no_request import NO_REQUEST
from harness.bad_input.queries import QUERIES
from harness.bad_input.signing_in import SIGNING_IN
from harness.bad_input.uploads import UPLOADS

# What is called by address and by what is sent, in the order of the page.
GROUPS: dict[str, tuple[Case, ...]] = {
    "Uploads: `POST /v1/ecgs`": UPLOADS,
    "Uploads as an Arrow stream": ARROW_UPLOADS,
    "Uploads of files": FILES,
    "Reading: `GET /v1/ecgs` and what is below it": QUERIES,
    "Signing in and users: `/v1/token`, `/v1/users`": SIGNING_IN,
    "What is no request, at any address": NO_REQUEST,
}
