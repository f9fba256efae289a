from infra.demo.recording import lead_name, recording

LEADS = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"]


def test_the_recording_is_twelve_leads_of_ten_thousand_samples() -> None:
    ecg = recording()

    assert [lead["name"] for lead in ecg["leads"]] == [
        "I",
        "II",
        "III",
        "aVR",
        "aVL",
        "aVF",
        "V1",
        "V2",
        "V3",
        "V4",
        "V5",
        "V6",
    ]
    assert {len(lead["signal"]) for lead in ecg["leads"]} == {10_000}
    assert ecg["leads"][0]["signal"][:3] == [80, 65, 50]
    # 1.25 microvolts an ADC unit, and 0 mV at 0.
    assert {(lead["adc_gain"], lead["baseline"]) for lead in ecg["leads"]} == {(800.0, 0)}
    assert (ecg["sampling_frequency"], ecg["date"]) == (1000.0, "2013-01-25T10:59:19Z")


def test_lead_names_are_short() -> None:
    assert [lead_name(m) for m in ("Lead I (Einthoven)", "Lead aVR", "V1")] == ["I", "aVR", "V1"]
