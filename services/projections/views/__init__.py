"""One module per question the business asks."""

from services.projections.views.answers import ANSWERS
from services.projections.views.case_status import CASE_STATUS
from services.projections.views.inquiries import INQUIRIES
from services.projections.views.personal_data import PERSONAL_DATA
from services.projections.views.records_requests import RECORDS_REQUESTS
from services.projections.views.who_read import WHO_READ
from services.projections.views.workload import WORKLOAD

VIEWS = (CASE_STATUS, WORKLOAD, PERSONAL_DATA, RECORDS_REQUESTS, WHO_READ, INQUIRIES, ANSWERS)
