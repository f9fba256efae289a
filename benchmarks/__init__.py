"""How fast this build is, on this machine, with everything real. Figures to compare within one run."""
