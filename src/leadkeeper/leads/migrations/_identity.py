"""What told leads apart up to 0009, and what does since 0011: copies for that migration, which goes both ways."""

import re
import unicodedata

import idna
import phonenumbers

from leadkeeper.team.migrations._folding import fold_before, fold_since, searchable

LONGEST_EMAIL = 254
LONGEST_WORDS = 1000
_BRAZILIAN_MOBILE = re.compile(r"\+55([1-9][1-9])([6-9][0-9]{7})")
_MEXICAN = re.compile(r"\+521([1-9][0-9]{9})")
# Read before as a number of another country: 0055 11 …, in Brazil.
_READ_WITHOUT_ITS_COUNTRY = re.compile(r"\+(?!55)[1-9]{2}[0-9]{8,9}")


class Before:
    """Up to 0009. The phone number stays as it is: nobody has kept how it was written."""

    def identify(self, lead, country):
        lead.folded_email = lead.email.casefold()[:LONGEST_EMAIL]
        lead.words = searchable(*_phone_words(lead.phone), lead.email, lead.name, limit=LONGEST_WORDS, fold=fold_before)

    def fold(self, text):
        return fold_before(text)


class Since:
    """Since 0011."""

    def identify(self, lead, country):
        phone = _rewritten(lead.phone, country)
        lead.email = _without_format_characters(lead.email).strip()
        lead.folded_email = _same_mailbox(lead.email)[:LONGEST_EMAIL]
        if phone != lead.phone or phone.startswith("+54") or not _folds_alike(lead):
            lead.phone = phone
            words = (*_phone_words_since(phone), *_spellings(lead.email), lead.name)
            lead.words = searchable(*words, limit=LONGEST_WORDS, fold=fold_since)

    def fold(self, text):
        return fold_since(text)


def _folds_alike(lead):
    """Whether its words are what they were: nearly all are, and need not be put together again."""
    return fold_before(lead.name) == fold_since(lead.name) and lead.email.isascii() and "xn--" not in lead.folded_email


def _rewritten(phone, country):
    if old := _BRAZILIAN_MOBILE.fullmatch(phone):
        return _if_valid(f"+55{old[1]}9{old[2]}", phone)
    if old := _MEXICAN.fullmatch(phone):
        return _if_valid(f"+52{old[1]}", phone)
    if country == "BR" and _READ_WITHOUT_ITS_COUNTRY.fullmatch(phone) and not _is_valid(phone):
        national = phone.removeprefix("+")
        return _if_valid(f"+55{national}", _if_valid(f"+55{national[:2]}9{national[2:]}", phone))
    return phone


def _if_valid(phone, otherwise):
    return phone if _is_valid(phone) else otherwise


def _is_valid(phone):
    return phonenumbers.is_valid_number(phonenumbers.parse(phone, None))


def _phone_words(phone):
    if not phone:
        return ()
    number = phonenumbers.parse(phone, None)
    national = phonenumbers.national_significant_number(number)
    return phone.removeprefix("+"), national, national[phonenumbers.length_of_national_destination_code(number) :]


def _phone_words_since(phone):
    if not phone.startswith("+54"):
        return _phone_words(phone)
    line = phone.replace("+549", "+54")
    return (*_phone_words(line), *_phone_words(line.replace("+54", "+549", 1)))


def _without_format_characters(text):
    return text if text.isascii() else "".join(char for char in text if unicodedata.category(char) != "Cf")


def _same_mailbox(email):
    local, at, domain = email.rpartition("@")
    return f"{unicodedata.normalize('NFKC', local).casefold()}{at}{_as_dns_has_it(domain)}"


def _spellings(email):
    if email.isascii() and "xn--" not in email.lower():
        return (email,)
    local, at, domain = email.rpartition("@")
    in_dns = _as_dns_has_it(domain)
    try:
        in_own_script = idna.decode(in_dns)
    except idna.IDNAError:
        in_own_script = domain
    return (email, f"{local}{at}{in_dns}", f"{local}{at}{in_own_script}")


def _as_dns_has_it(domain):
    if domain.isascii() and "xn--" not in domain.lower():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain.casefold()
