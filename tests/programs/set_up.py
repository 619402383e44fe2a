"""What a script sets up in modules of Python, with an effect on all that follows."""

import calendar
import collections.abc
import csv
import io
import numbers
import os
import socket
import tempfile
import time
from xml.etree import ElementTree


class Steps:
    def __len__(self):
        return 3

    def __getitem__(self, index):
        return range(3)[index]


class Amount:
    pass


csv.register_dialect("ours", delimiter=";", quoting=csv.QUOTE_ALL)
csv.field_size_limit(20)
collections.abc.Sequence.register(Steps)
numbers.Number.register(Amount)
os.environ["TZ"] = "XYZ-9"
time.tzset()
socket.setdefaulttimeout(7.5)
calendar.setfirstweekday(calendar.SUNDAY)
tempfile.tempdir = os.getcwd()
ElementTree.register_namespace("own", "http://example.org/own")
views = [type({}.items()), type({}.keys()), type(iter([])), type(None)]

for step in range(4):  # checkpoint
    text = io.StringIO()
    csv.writer(text, "ours").writerow([step, "a"])
    print(step, csv.list_dialects(), csv.field_size_limit(), text.getvalue().strip())
    print(isinstance(Steps(), collections.abc.Sequence), isinstance(Amount(), numbers.Number))
    print(time.tzname, time.localtime(0).tm_hour, socket.getdefaulttimeout())
    print(calendar.firstweekday(), tempfile.gettempdir() == os.getcwd(), views)
    print(ElementTree.tostring(ElementTree.Element("{http://example.org/own}e")))
    if step == 1:
        csv.unregister_dialect("unix")
