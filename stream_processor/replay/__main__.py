"""``python -m stream_processor.replay``."""

from stream_processor.replay.command import replay

if __name__ == "__main__":
    replay(prog_name="python -m stream_processor.replay")
