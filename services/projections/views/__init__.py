"""One module per question the business asks."""

from services.projections.views.case_status import CASE_STATUS
from services.projections.views.personal_data import PERSONAL_DATA
from services.projections.views.workload import WORKLOAD

VIEWS = (CASE_STATUS, WORKLOAD, PERSONAL_DATA)
