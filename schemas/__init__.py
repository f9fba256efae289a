"""The contracts of the house: what an ECG is, what every event, token, receipt and problem looks like.

Pure: values in, values out. Nothing here opens a socket, reads a clock or knows a web framework.
"""
