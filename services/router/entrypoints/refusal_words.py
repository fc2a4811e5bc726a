"""Why rules are refused, for a page: in Vietnamese first, with the line of what was written that it is about.

The reasons are made where rules are read and checked, in English, for the command line; here each has its Vietnamese
sentence. One that has none is shown as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.router.domain.rules import PolicyError
from shared.territory import TerritoryError

SENTENCES: tuple[tuple[str, str], ...] = (
    (r"not valid YAML: an alias.*", "không dùng bí danh (dấu *) của YAML; viết đầy đủ nội dung"),
    (r"not valid YAML: a character that no text has.*", "có một ký tự không phải chữ; xóa nó đi"),
    (r"not valid YAML: nested too deep.*", "các dấu ngoặc lồng nhau quá sâu; viết đơn giản lại"),
    (r"not valid YAML: (.+); correct the line", "dòng này sai cú pháp YAML ({0}); sửa lại"),
    (r"must be a mapping of names to values", "phải là các cặp «tên: giá trị»"),
    (r"'(.+)' must be a list of mappings, not empty", "«{0}» phải là danh sách quy tắc, không để trống"),
    (r"'(.+)' must be a list, not empty", "«{0}» phải là danh sách trong ngoặc vuông, không để trống"),
    (r"'(.+)' must be a mapping", "«{0}» phải là các cặp «tên: giá trị» trong ngoặc nhọn"),
    (r"'(.+)' is empty; write a date.*", "«{0}» chưa có; ghi một ngày như 2026-01-02"),
    (r"'(.+)' is empty; fill it in", "«{0}» chưa có; điền vào"),
    (r"'(.+)' is '(.*)'; write a date.*", "«{0}» ghi «{1}»; ghi một ngày như 2026-01-02"),
    (r"'(.+)' is '(.*)'; write a number", "«{0}» ghi «{1}»; ghi một số"),
    (
        r"'(.+)' is (.+); it must be above (.+) and below (.+)",
        "«{0}» là {1}; phải lớn hơn {2} và nhỏ hơn {3}",
    ),
    (r"'(.+)' of '(.+)' must be whole minutes", "«{0}» của «{1}» phải là số phút nguyên"),
    (
        r"'(.+)' must be \{minutes: n\}.*",
        "«{0}» phải ghi {{minutes: số phút}} (tính liên tục) hoặc {{working_minutes: số phút}} (giờ làm việc)",
    ),
    (r"'id' '(.+)' appears a second time.*", "tên quy tắc «{0}» có hai lần; mỗi quy tắc một tên"),
    (r"a (?:rule|policy) has no '(.+)'; use (.+)", "không có mục «{0}»; dùng {1}"),
    (r"'valid_to' (.+) is before 'valid_from' (.+); .*", "hết hiệu lực ({0}) trước khi có hiệu lực ({1}); đổi lại"),
    (r"'to' is '(.+)', which offices.yaml does not have.*", "không có cơ quan «{0}»; sửa lại theo danh sách cơ quan"),
    (r"'to' names an office twice.*", "«to» ghi một cơ quan hai lần; mỗi cơ quan một lần, cơ quan chủ trì trước"),
    (r"'to' names (\d+) offices; name at most (\d+)", "«to» ghi {0} cơ quan; nhiều nhất {1}"),
    (r"condition '(.+)' is unknown; use (.+)", "không có điều kiện «{0}»; dùng {1}"),
    (
        r"condition 'words' has a value that YAML reads as yes or no.*",
        "«words» có từ mà YAML hiểu là có/không; đặt từ đó trong ngoặc kép",
    ),
    (
        r"condition 'words' names '(.*)'; write words, at most (\d+) characters",
        "«words» ghi «{0}»; ghi chữ, nhiều nhất {1} ký tự",
    ),
    (
        r"condition '(.+)' names '(.*)', which the territory does not have.*",
        "điều kiện «{0}» ghi «{1}», tỉnh không có mã này; sửa lại",
    ),
    (r"condition '(.+)' names '(.*)'; use (.+)", "điều kiện «{0}» ghi «{1}»; dùng {2}"),
    (r"'split_second_matter' is (.+); write true or false", "«split_second_matter» ghi {0}; ghi true hoặc false"),
    (r"'waiting' must say its limit.*", "«waiting» phải ghi giới hạn: {{limit: {{working_minutes: số phút}}}}"),
    (
        r"(offices|deadlines): the last rule must have no condition.*",
        "phần «{0}»: quy tắc cuối cùng phải không có điều kiện và không có ngày, để vụ việc nào cũng có quy tắc",
    ),
    (
        r"(offices|deadlines): rule '(.+)' never decides: no (.+) meets its conditions.*",
        "phần «{0}»: quy tắc «{1}» không bao giờ được dùng, không {2} nào đạt các điều kiện của nó; sửa lại",
    ),
    (
        r"(offices|deadlines): rule '(.+)' never decides, (.+) comes? first.*",
        "phần «{0}»: quy tắc «{1}» không bao giờ được dùng vì {2} đứng trước đã bao trùm; dời lên hoặc bỏ đi",
    ),
    (
        r"deadlines: rule '(.+)' could be due to resolve before.*",
        "quy tắc «{0}»: hạn giải quyết có thể đến trước hạn tiếp nhận; sửa lại",
    ),
    (r"say why in 1 to (\d+) characters.*", "ghi lý do, từ 1 đến {0} ký tự: lý do được lưu lại"),
    (
        r"others are in force by now, version (\w+).*",
        "đã có người áp dụng ranh giới khác ({0}); xem lại rồi quyết định",
    ),
    (r"no file was sent.*", "chưa có tệp nào; chọn một tệp GeoJSON"),
    (r"'(.*)' is no day; .*", "«{0}» không phải một ngày; ghi như 2026-12-01"),
    (
        r"other rules are in force by now, version (\w+).*",
        "đã có người áp dụng quy tắc khác (phiên bản {0}); xem lại rồi quyết định",
    ),
    (r"there is nothing to go back to.*", "không có gì trước đó để quay lại"),
    (r"version (\w+) is not stored any more.*", "phiên bản {0} không còn được lưu; áp dụng từ bản YAML"),
    (
        r"the topics these rules were written for.*",
        "danh mục lĩnh vực đang dùng khác với gói dữ liệu; nhờ người vận hành chạy langnghe territory load",
    ),
    (
        r"rule '(.+)' names the unit '(.+)', which is not loaded.*",
        "quy tắc «{0}» ghi đơn vị «{1}» chưa được nạp; nhờ người vận hành chạy langnghe territory load",
    ),
    (r"the desk (.+) is of an office that offices.yaml.*", "không có cơ quan «{0}»; sửa lại theo danh sách cơ quan"),
    (r"the desk (.+) is of a unit that units.csv.*", "bàn «{0}» ghi xã, phường không có; sửa lại"),
    (r"the desk (.+) is of the province and has no unit.*", "cơ quan «{0}» là của tỉnh, không thuộc xã, phường nào"),
    (r"the desk (.+) is written twice.*", "bàn «{0}» được ghi hai lần; bỏ một"),
    (r"the desk .+ has the phone '(.*)'; .*", "«{0}» không phải số điện thoại; ghi các chữ số, như 0262 3812 345"),
    (r"the desk .+ has the email '(.*)'; .*", "«{0}» không phải địa chỉ thư điện tử"),
    (r"the desk .+ has the deputy '(.*)', which.*", "không có cơ quan «{0}» để làm thay; chọn lại"),
    (r"the desk .+ is away to (.+), before it is away from (.+); .*", "vắng đến {0}, trước ngày vắng từ {1}; đổi lại"),
    (r"the desk .+ cannot be away.*", "tổ điều phối của tỉnh không thể vắng: đó là nơi nhận khi mọi nơi khác vắng"),
    (r"the desk .+ has a circle of deputies: (.+); break it", "các cơ quan làm thay nhau thành vòng: {0}; chọn lại"),
    (
        r"the desks were changed by somebody else.*",
        "có người vừa thay đổi; xem lại bên dưới rồi sửa tiếp, chưa có gì được lưu",
    ),
    (r"(.+) is not JSON: (.+)", "«{0}» không phải JSON ({1})"),
    (r"(.+) is not a GeoJSON FeatureCollection or Feature", "«{0}» không phải GeoJSON FeatureCollection hay Feature"),
    (r"feature (\d+) has no property 'code'.*", "đối tượng thứ {0} không có thuộc tính «code» là mã đơn vị"),
    (r"code (.+) is no unit of this territory", "mã {0} không phải đơn vị của tỉnh"),
    (r"(.+) is missing", "thiếu {0}"),
    (r"code (.+) appears (\d+) times", "mã {0} có {1} lần"),
    (r"(.+) has no readable geometry \((.+)\)", "không đọc được hình của {0} ({1})"),
    (r"(.+) is a (\w+), not a polygon", "hình của {0} là {1}, không phải đa giác"),
    (r"(.+) has a coordinate that is not a number of degrees", "hình của {0} có tọa độ không phải số độ"),
    (r"(.+) is not valid: (.+)", "hình của {0} bị lỗi: {1}"),
    (r"(.+) and (.+) overlap by (.+) km²", "{0} và {1} chồng lên nhau {2} km²"),
    (r"no unit covers (.+) km² between (.+)", "không đơn vị nào phủ {0} km² giữa {1}"),
    (r"(.+) and (.+) are neighbours, but drawn (.+) km apart", "{0} và {1} giáp nhau nhưng được vẽ cách nhau {2} km"),
    (r"(.+) is drawn (.+) km away from its centre.*", "{0} được vẽ cách trung tâm của nó {1} km; có lẫn mã không?"),
    (r"(.+) is drawn with (.+) km², the pack says (.+) km²", "{0} được vẽ {1} km², gói dữ liệu ghi {2} km²"),
    (r"and (\d+) more", "và {0} lỗi nữa"),
    (
        r"the boundaries of version (\w+) are of other units than those in force \((\d+) codes differ\).*",
        "ranh giới {0} là của các đơn vị khác với đơn vị đang có hiệu lực ({1} mã khác nhau)",
    ),
    (r"no boundaries of version '(.*)' are stored.*", "không có ranh giới phiên bản «{0}» nào được lưu"),
    (r"several stored boundaries begin with '(.*)'.*", "nhiều ranh giới bắt đầu bằng «{0}»; ghi dài hơn"),
    (
        r"(\S+) is not a day to come, today is (\S+): .*",
        "{0} không phải ngày sắp tới (hôm nay là {1}); để trống ngày để áp dụng ngay",
    ),
    (r"plan (\d+) waits for (\S+) already.*", "kế hoạch {0} đang chờ ngày {1}; hủy nó trước"),
    (r"no plan (\d+) waits.*", "không có kế hoạch {0} nào đang chờ"),
    (r"no territory is loaded yet.*", "chưa nạp dữ liệu của tỉnh; nhờ người vận hành chạy langnghe territory load"),
)
LONGEST_REASON = 600
NAMED = re.compile(r"(?:offices|deadlines): rule '(.+?)' ")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something is refused, in both languages, and the line it is about, with its text."""

    vi: str
    en: str
    line: int | None = None
    text: str = ""


def vietnamese(reason: str) -> str | None:
    """Say a reason in Vietnamese; nothing when it is not known, or repeats too much of what was written."""
    if len(reason) > LONGEST_REASON:
        return None
    for pattern, sentence in SENTENCES:
        found = re.fullmatch(pattern, reason, re.DOTALL)
        if found is not None:
            return sentence.format(*found.groups())
    return None


def problem_of(error: Exception, written: str = "") -> Problem:
    """Tell an error of reading, checking or switching, with the line of `written` that it is about."""
    reason, line = str(error), None
    if isinstance(error, TerritoryError):
        reason, line = error.problem, error.line
    elif isinstance(error, PolicyError):
        line = _line_of_rule(reason, written)
    lines = written.splitlines()
    text = lines[line - 1].strip() if line is not None and line <= len(lines) else ""
    return _problem(reason, line, text)


def problems_of(reasons: Sequence[str]) -> list[Problem]:
    """Tell several reasons."""
    return [_problem(reason) for reason in reasons]


def _problem(reason: str, line: int | None = None, text: str = "") -> Problem:
    short = reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]}…"
    return Problem(vietnamese(reason) or short, short, line, text[:LONGEST_REASON])


def _line_of_rule(reason: str, written: str) -> int | None:
    """Find where the rule stands that a reason names, in the part that it names."""
    named = NAMED.match(reason)
    if named is None:
        return None
    part, inside = reason.partition(":")[0], False
    for number, line in enumerate(written.splitlines(), start=1):
        if line and not line[0].isspace() and not line.startswith(("#", "-")):
            inside = line.startswith(f"{part}:")
        if inside and re.search(rf"\bid:\s*['\"]?{re.escape(named[1])}['\"]?\s*(?:[,}}#].*)?$", line):
            return number
    return None
