"""Open311 GeoReport v2 on intake: the city's standard for applications that file service requests.

Takes forms from applications with a key. Promises that they go the way of every report, that an
emergency is told 9-1-1 and kept whatever else is wrong with the request, and that nobody reads who
reported, what was said, or where exactly. Gives XML and JSON.

Source: wiki.open311.org/GeoReport_v2.
"""
