"""EDF, EDF+, BDF and BDF+ files: their header, their records, and the ECG in them."""
