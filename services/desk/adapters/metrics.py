"""Every metric of the desk's own, in one place."""

from prometheus_client import Counter

OPENED = Counter("langnghe_desk_cases_opened_total", "Cases opened, without repeats.")
MOVES = Counter("langnghe_desk_moves_total", "Moves of cases by staff and residents.", ["action"])
CONFLICTS = Counter("langnghe_desk_conflicts_total", "Moves refused because somebody else was first.")
FOREIGN = Counter("langnghe_desk_foreign_cases_total", "Requests for a case of another unit: answered 404, audited.")
SERVICE_SILENT = Counter("langnghe_desk_service_silent_total", "Pages another service did not answer with.", ["asked"])
SIGN_INS = Counter("langnghe_desk_sign_ins_total", "Attempts to sign in, by what became of them.", ["outcome"])
