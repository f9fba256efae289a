from infra.demo.recording import recording


def test_the_recording_has_a_name_and_twelve_leads_of_ten_thousand_samples() -> None:
    ecg = recording()
    assert ecg.id == "waveform-ecg"
    assert [len(lead.signal) for lead in ecg.leads] == [10_000] * 12
