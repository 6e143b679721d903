"""One module per question the business asks."""

from services.projections.views.case_status import CASE_STATUS
from services.projections.views.who_read import WHO_READ
from services.projections.views.workload import WORKLOAD

VIEWS = (CASE_STATUS, WORKLOAD, WHO_READ)
