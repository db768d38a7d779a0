"""Who may do what in the control room: roles and permissions as data; pure.

A role is a set of permissions, a route asks for one permission, and nothing else decides. Why so
plain: a table can be read by a privacy officer, and tested whole, every role against every route.
"""

from __future__ import annotations

from collections.abc import Mapping

PERMISSIONS: Mapping[str, dict[str, str]] = {
    "see": {"en": "See figures and reports", "fr": "Voir les chiffres et les rapports"},
    "see_decisions": {"en": "Read the journal of decisions", "fr": "Lire le journal des décisions"},
    "explore": {
        "en": "See order lines, keep views and annotate days",
        "fr": "Voir les lignes de commande, garder des vues et annoter des jours",
    },
    "set_goals": {"en": "Set goals", "fr": "Fixer des objectifs"},
    "approve_messages": {
        "en": "Approve, reject and take back messages",
        "fr": "Approuver, refuser et reprendre des messages",
    },
    "start_jobs": {
        "en": "Have the loop run, reports and files written",
        "fr": "Lancer les calculs, les rapports et les fichiers d’export",
    },
    "approve_changes": {
        "en": "Approve or reject a model, a way of choosing, an erasure, where the rules say so",
        "fr": "Approuver ou refuser un modèle, une façon de choisir, un effacement,"
        " selon les règles",
    },
    "propose_changes": {
        "en": "Put up a model’s version or a way of choosing, for others to approve",
        "fr": "Proposer une version d’un modèle ou une façon de choisir, que d’autres approuvent",
    },
    "change_settings": {
        "en": "Change the settings: language, sender, addresses, from what size it takes two",
        "fr": "Modifier les réglages : langue, expéditeur, adresses, taille exigeant deux accords",
    },
    "edit_audiences": {
        "en": "Make and change audiences",
        "fr": "Créer et modifier des audiences",
    },
    "export_audiences": {
        "en": "Export the addresses of an audience",
        "fr": "Exporter les adresses d’une audience",
    },
    "edit_campaigns": {
        "en": "Make, change and pause campaigns",
        "fr": "Créer, modifier et mettre en pause des campagnes",
    },
    "edit_reports": {
        "en": "Compose reports, and say when and to whom they leave",
        "fr": "Composer des rapports, leur calendrier et leurs destinataires",
    },
    "sign_reports": {
        "en": "Sign reports before they leave",
        "fr": "Signer les rapports avant leur envoi",
    },
    "see_people": {
        "en": "See what is held on one person",
        "fr": "Voir ce qui est conservé sur une personne",
    },
    "see_privacy": {
        "en": "See consent over time, requests and the register",
        "fr": "Voir l’évolution des consentements, les demandes et le registre",
    },
    "see_data": {
        "en": "See where the lines of every file went",
        "fr": "Voir où est allée chaque ligne de chaque fichier",
    },
    "bring_data": {
        "en": "Bring files in, and correct lines that were set aside",
        "fr": "Importer des fichiers, et corriger les lignes mises de côté",
    },
    "answer_people": {
        "en": "Note consents, correct and erase on a person’s request",
        "fr": "Noter des consentements, corriger et effacer à la demande d’une personne",
    },
    "query_tables": {
        "en": "Ask the tables a question in SQL",
        "fr": "Interroger les tables en SQL",
    },
    "make_tokens": {
        "en": "Let programs in by tokens of one’s own",
        "fr": "Ouvrir l’accès à des programmes par ses propres jetons",
    },
    "manage_accounts": {"en": "Manage accounts", "fr": "Gérer les comptes"},
}
"""Permission to what it allows, in a marketer's words."""

_READS = ("see", "see_decisions")
_REPORTS = ("edit_reports", "sign_reports")
_CAMPAIGNS = ("edit_audiences", "export_audiences", "edit_campaigns")
ROLES: Mapping[str, tuple[str, ...]] = {
    "client": ("see", "sign_reports"),
    "viewer": ("see",),
    "analyst": (
        *_READS, "see_data", "bring_data", "explore", "edit_reports", "see_privacy",
        "query_tables", "make_tokens",
    ),
    "data_scientist": (
        *_READS, "see_data", "bring_data", "propose_changes", "approve_changes", "explore",
        "edit_reports", "start_jobs", "see_privacy", "query_tables", "make_tokens",
    ),
    "trader": (*_READS, "explore"),
    "creator": (*_READS, "edit_campaigns"),
    "crm_manager": (
        *_READS, *_CAMPAIGNS, *_REPORTS, "see_data", "bring_data", "explore", "start_jobs",
        "see_privacy", "approve_messages", "propose_changes", "approve_changes",
    ),
    "manager": (
        *_READS, *_CAMPAIGNS, *_REPORTS, "see_data", "bring_data", "explore", "set_goals",
        "start_jobs", "see_privacy",
        "approve_messages", "propose_changes", "approve_changes", "make_tokens",
    ),
    "privacy_officer": (
        *_READS, "see_data", "approve_changes", "see_privacy", "see_people", "answer_people",
        "make_tokens",
    ),
    "administrator": (
        *_READS, *_CAMPAIGNS, *_REPORTS, "see_data", "bring_data", "explore", "set_goals",
        "start_jobs", "see_privacy",
        "approve_messages", "propose_changes", "approve_changes", "query_tables", "make_tokens",
        "change_settings", "manage_accounts",
    ),
}  # fmt: skip
"""Role to its permissions. Only the privacy officer looks at one person's data: whoever runs the
house needs it for nothing."""

ROLE_WORDS: Mapping[str, dict[str, str]] = {
    "client": {"en": "Client", "fr": "Client"},
    "viewer": {"en": "Viewer", "fr": "Lecteur"},
    "analyst": {"en": "Analyst", "fr": "Analyste"},
    "data_scientist": {"en": "Data scientist", "fr": "Data scientist"},
    "trader": {"en": "Trader", "fr": "Trader"},
    "creator": {"en": "Creator", "fr": "Créatif"},
    "crm_manager": {"en": "CRM manager", "fr": "Responsable CRM"},
    "manager": {"en": "Manager", "fr": "Responsable"},
    "privacy_officer": {"en": "Privacy officer", "fr": "Délégué à la protection des données"},
    "administrator": {"en": "Administrator", "fr": "Administrateur"},
}


def may(role: str, permission: str) -> bool:
    """Whether a role holds a permission.

    Parameters
    ----------
    role : str
        One of `ROLES`; an unknown one may nothing.
    permission : str
        One of `PERMISSIONS`.

    Examples
    --------
    >>> may("manager", "approve_messages"), may("viewer", "approve_messages"), may("x", "see")
    (True, False, False)
    """
    return permission in ROLES.get(role, ())
