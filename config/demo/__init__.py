"""The fictional town of Jiwan (霁湾): its files, and the script that makes them (:mod:`~.make_town`)."""
