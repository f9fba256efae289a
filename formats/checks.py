"""What every ECG must keep, whichever format it came in."""

from formats.broken import BrokenRules
from formats.rules import Limits, lead_fields, recording_fields
from formats.upload import DecodedUpload
from schemas import segments
from schemas.ecg import Ecg
from schemas.problems import InvalidError, RuleError


def check_segments(ecg: Ecg, limits: Limits) -> None:
    """Raise InvalidError where `ecg` would become more events than are taken."""
    try:
        needed = segments.count(ecg)
    except ValueError as error:
        raise InvalidError([RuleError(str(error), pointer="/leads")]) from None
    if needed > limits.segments:
        detail = f"would need more than {limits.segments} events: too long a lead beside so many others"
        raise InvalidError([RuleError(detail, pointer="/leads")])


def check(upload: DecodedUpload, limits: Limits) -> None:
    """Raise InvalidError where what a file holds breaks a rule, by the pointer that it would have in JSON."""
    broken, ecg = BrokenRules(), upload.ecg
    told = {"id": upload.id, "sampling_frequency": ecg.sampling_frequency}
    fields = recording_fields(limits)
    for name, value in told.items():
        detail = None if value is None else fields[name].rule(value)
        if detail is not None:
            broken.add(detail, f"/{name}")
    if not 0 < len(ecg.leads) <= limits.leads:
        broken.add(f"must have 1 to {limits.leads} leads", "/leads")
    fields = lead_fields(limits)
    for index, lead in enumerate(ecg.leads[: limits.leads]):
        for name in ("name", "adc_gain", "baseline", "units"):
            value = getattr(lead, name)
            detail = None if value is None else fields[name].rule(value)
            if detail is not None:
                broken.add(detail, f"/leads/{index}/{name}")
        if len(lead.signal) > limits.samples_per_lead:
            broken.add(f"must be at most {limits.samples_per_lead} integers", f"/leads/{index}/signal")
    broken.raise_any()
    check_segments(ecg, limits)
