"""From the bytes of an upload to an ECG: the formats that are taken, and the rules that hold for all. Pure."""
