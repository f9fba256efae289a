"""The least work that each path cannot do without, by hand, on the fastest Python libraries there are.

The same engines, the same topics' shape, the same durability (acks=all, LOCAL_QUORUM), but nobody is asked who they
are, nothing is checked that would not fail by itself, nothing is logged, counted, explained, limited or tried
again. No service could be like that; what a service costs beyond is the price of the rest.
"""
