"""E-mail addresses: what is kept of one as it was typed or pasted, and what tells two mailboxes apart."""

import unicodedata

import idna

from leadkeeper.storage.words import without_format_characters


def cleaned_email(text: str) -> str:
    """The address without what nobody sees of it: white space around it, and format characters anywhere."""
    return without_format_characters(text).strip()


def same_mailbox(email: str) -> str:
    """What all written forms of an address share: folded case, and the domain as DNS has it (IDNA, with UTS 46).

    `Z@MÜNCHEN.example` and `z@xn--mnchen-3ya.example` both become the latter. To be compared, not to be written to.
    """
    local, at, domain = email.rpartition("@")
    return f"{unicodedata.normalize('NFKC', local).casefold()}{at}{_as_dns_has_it(domain)}"


def spellings(email: str) -> tuple[str, ...]:
    """The address as it is written, with the domain as DNS has it, and with the domain in its own script."""
    if email.isascii() and "xn--" not in email.lower():
        return (email,)
    local, at, domain = email.rpartition("@")
    in_dns = _as_dns_has_it(domain)
    try:
        in_own_script = idna.decode(in_dns)
    except idna.IDNAError:
        in_own_script = domain
    return tuple(dict.fromkeys((email, f"{local}{at}{in_dns}", f"{local}{at}{in_own_script}")))


def _as_dns_has_it(domain: str) -> str:
    if domain.isascii() and "xn--" not in domain.lower():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain.casefold()
