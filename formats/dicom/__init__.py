"""DICOM files: their elements, and the ECG in their waveforms."""
