"""The application's document says what it does, with examples that hold."""

import msgspec

from formats.json.decoding import Decoder
from ingest_api import examples
from ingest_api.main import create_app
from ingest_api.settings import Settings
from tests.unit.formats.limits import LIMITS


def test_the_example_upload_is_one() -> None:
    found = Decoder(LIMITS).decode(msgspec.json.encode(examples.UPLOAD))
    assert [lead.name for lead in found.ecg.leads] == ["I", "II"]


def test_the_document_describes_every_answer_with_an_example() -> None:
    document = create_app(Settings()).openapi()
    upload = document["paths"]["/v1/ecgs"]["post"]
    assert upload["operationId"] == "uploadEcg"
    assert upload["requestBody"]["content"]["application/json"]["example"] == examples.UPLOAD
    assert set(upload["responses"]) == {"202", "400", "401", "403", "408", "413", "415", "422", "429", "503"}
    for answer in upload["responses"].values():
        (content,) = answer["content"].values()
        assert content["example"]
    assert {"Upload", "UploadLead", "UploadAnswer", "Problem"} <= document["components"]["schemas"].keys()
