"""HTTP as every service speaks it: the application, its middleware, bodies in, answers and problems out."""
