"""Open311 GeoReport v2: the standard by which applications file service requests.

A request becomes a report like any other. An emergency is filed and answered with the instruction
even if the request is refused. Never shows the reporting party, the text, or the exact place.
Answers in XML and JSON.

Source: wiki.open311.org/GeoReport_v2.
"""
