"""WFDB records: the files that they are sent as, their header, their signals, and the ECG in them."""
