"""What people and programs write where there is nothing: words, phrases, and addresses that are nobody's."""

from __future__ import annotations

import re

WORDS = (
    "null none nan nat undefined n/a n.a. n/d nil na <na> (null) (none) (blank) (empty) (leer) (vide) "
    "<null> <none> [null] [] {} \\n not_available k.a. n.v. s.o. n.n. tbd tba tbc infinity "
    "unknown unbekannt inconnu desconocido missing empty fehlt manquant vacío vacio "
    "error fehler erreur ∞ nan% "
    "0000-00-00 00.00.0000 00/00/0000 1900-01-00 0001-01-01 01.01.0001 01/01/0001 1899-12-30 1899-12-31 "
    "30.12.1899 31.12.1899 0001-01-01t00:00:00 0001-01-01t00:00:00z"
)
"""Words, in small letters, with blanks between."""

PHRASES = (
    "not available|not applicable|not set|not provided|not specified|not assigned|no data|no value|no email|"
    "n / a|keine angabe|keine angaben|nicht vorhanden|nicht angegeben|non renseigné|non communiqué|sin datos|"
    "sin especificar|no disponible|non disponibile|niet beschikbaar|ej angivet|saknas|ei tietoa|brak danych|"
    "not found|nicht gefunden|loading...|loading…|wird geladen...|wird geladen…|chargement...|chargement…|"
    "cargando...|cargando…|multiple items|mehrere elemente|plusieurs éléments|varios elementos"
)
"""Several words, in small letters, with a bar between."""

FURTHER_PHRASES = (
    "please select|please choose|please select...|select...|select…|select one|choose...|choose one|"
    "bitte wählen|bitte auswählen|bitte wählen...|auswählen...|sélectionner...|seleccionar...|none selected|"
    "not defined|not known|not yet known|no manager|no department|no title|no group|n/k|"
    "unbekannte|ukjent|okänd|okänt|tuntematon|neznámý|neznámé|bilinmiyor|ismeretlen|desconhecido|"
    "неизвестно|неизвестен|нет|н/д|нет данных|не указано|не задано|немає|невідомо|"
    "未設定|不明|なし|該当なし|未定|未入力|无|無|暂无|未知|不详|空|없음|미정|미상|해당 없음|غير معروف|لا يوجد"
)
"""Several more, of forms and of further languages."""

_WORDS_OUTSIDE_NAMES = (
    "keine keiner kein aucun aucune ninguno ninguna nessuno nessuna sconosciuto sconosciuta onbekend "
    "geen ingen nieznany nieznane brak nincs yok"
)
NOT_IN_NAMES = frozenset(_WORDS_OUTSIDE_NAMES.split())
"""Words, in small letters, that are looked for outside of names: some people are called so."""

_WORDS_FOR_CHOOSING = "select choose auswählen wählen auswahl sélectionner seleccionar selecteer välj"
SELECT = frozenset(_WORDS_FOR_CHOOSING.split())
"""What stands between dashes or brackets where nobody chose: “-- Select --”."""

NO_SUCH = re.compile(r"NO_[A-Z]{3,}(?:_[A-Z]+)*\Z")
"""Codes of programs: NO_MANAGER, NO_DEPARTMENT."""

SAME_AS_ABOVE = frozenset(
    ("ditto", "dito", "same as above", "see above", "siehe oben", "wie oben", "idem", "〃")
)
"""What people write instead of a value that stands in the row above, in small letters."""

WORDS_OF_ENDED = (
    "deleted",
    "disabled",
    "inactive",
    "deactivated",
    "terminated",
    "archived",
    "gelöscht",
    "geloescht",
    "inaktiv",
)
"""What administrators write before or behind the name of an account that has ended, in small letters."""

_REMARK_IN_NAME = re.compile(
    r"\b(?:do not use|don't use|nicht (?:mehr )?(?:verwenden|benutzen)|ne pas utiliser|no usar|new hire|"
    r"neueinstellung|vacant position|position vacant|vacant|vakant|unbesetzt)\b|"
    r"(?:\s[-–/]\s|[(\[])\s*(?:leaver|terminated|left|inactive|deactivated|disabled|deleted|resigned|retired|"
    r"ausgeschieden|ausgetreten|gekündigt|inaktiv|gelöscht|parti|inactif|baja|vacancy)\b",
    re.IGNORECASE,
)
"""What people note in the cell of a name: that nobody is there yet, or no longer."""
_WORDS_OF_REMARKS = (
    "use verwenden benutzen utiliser usar hire neueinstellung vacant vakant unbesetzt "
    "leaver terminated left inactive deactivated disabled deleted resigned retired "
    "ausgeschieden ausgetreten gekündigt inaktiv gelöscht parti inactif baja vacancy"
)
WORDS_OF_REMARKS = frozenset(_WORDS_OF_REMARKS.split())
"""A word of each remark that `remark_in_name` finds, in small letters."""


def remark_in_name(text: str) -> str:
    """The remark that the cell of a name holds ("do not use", "leaver"), without what stands round it; "" for
    none."""
    found = _REMARK_IN_NAME.search(text)
    return found[0].strip(" -–()[]/") if found else ""


_WORDS_FOR_NO_ADDRESS = (
    "0 tbd dummy none null nan undefined unknown unbekannt missing placeholder noemail nomail noaddress "
    "keine keineemail keinemail keineadresse sinemail sincorreo pasdemail pasdadresse ingenmail "
    "notavailable notprovided nonenone nullnull nannan"
)
_NAMES_OF_NAMES = (
    "firstnamelastname lastnamefirstname firstlast namesurname givennamefamilyname vornamenachname "
    "nachnamevorname prenomnom nombreapellido nomecognome voornaamachternaam fornamnefternamn"
)
EXAMPLES_OF_NAMES = frozenset(_NAMES_OF_NAMES.split())
"""What stands in examples in place of somebody's names, without what stands between the two."""
_NO_ADDRESS = EXAMPLES_OF_NAMES | frozenset(_WORDS_FOR_NO_ADDRESS.split())
"""What stands before the @ where there is no address, or where an example was left standing."""
_BEGINNINGS = frozenset(word[:2] for word in _NO_ADDRESS)
_WORDS_MADE_UP = (
    "test none null no mail email abc asdf qwerty foo example sample user name fake dummy na tbd nn"
)
_MADE_UP = frozenset(_WORDS_MADE_UP.split())
"""What stands both before the @ and behind it in addresses that somebody made up."""
_WORDS_OF_EXAMPLES = (
    "user username name yourname your.name email e-mail mail someone somebody firstname vorname"
)
_OF_EXAMPLES = frozenset(_WORDS_OF_EXAMPLES.split())
_DOMAIN_OF_EXAMPLES = re.compile(
    r"(?:your|my|the)?-?(?:domain|company|firma|website|server|provider|organisation|organization)\.\w+"
)
"""Addresses as they stand in instructions: your.name@company.com."""
_BETWEEN = re.compile(r"[._-]")
_NO_NAMES = frozenset({"true", "false", "n/a", "k.a.", "n.a."})
_AS_NUMBER = re.compile(r"\d+(?:[.,]\d+)?e[+-]?\d+\Z")


def address_of_nobody(address: str) -> bool:
    """Whether an e-mail address is what is written where there is none: noemail@…, xxx@xxx.xx."""
    local, _, domain = address.casefold().partition("@")
    if not domain:
        return False
    if local in _OF_EXAMPLES and _DOMAIN_OF_EXAMPLES.fullmatch(domain):
        return True
    if "undefined" in local:
        return local.startswith("undefined") or local.endswith("undefined")
    if (
        domain.startswith(local)
        and domain[len(local) :][:1] == "."
        and (local in _MADE_UP or len(set(local)) == 1)
    ):
        return True
    if "null" in local and "null" in _BETWEEN.split(local):  # what formulas put in for an empty cell
        return True
    if local in _NO_NAMES or (local[:1].isdigit() and _AS_NUMBER.match(local)):
        return True
    return local[:2] in _BEGINNINGS and _BETWEEN.sub("", local) in _NO_ADDRESS
