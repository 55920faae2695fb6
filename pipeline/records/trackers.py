"""Names of query parameters that never choose the content of a page: trackers and session ids.

Only full names that no site uses for anything else belong here. `ref`, `source`, `from`, `cid`, `sid` and the like may
name an article. If one name too many is dropped, two articles become one; if one is missing, a page is fetched twice
and found to be a duplicate. So a name in doubt is left out.
"""

from __future__ import annotations

_PREFIX = "utm_"  # all of Google's campaign parameters, and what others added in the same form, such as utm_referrer
_ESCAPED_AMPERSAND = "amp;"  # links that were escaped twice: `?id=1&amp;utm_source=rss`

_GROUPS = (
    "gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid srsltid",  # Google
    "fbclid fb_action_ids fb_action_types igsh igshid",  # Facebook, Instagram
    "yclid ysclid ymclid yadclid",  # Yandex
    "msclkid twclid ttclid li_fat_id epik sccid rdt_cid rb_clickid wickedid admitad_uid _branch_match_id",  # other ads
    "hsa_acc hsa_ad hsa_cam hsa_grp hsa_kw hsa_la hsa_mt hsa_net hsa_ol hsa_src hsa_tgt hsa_ver",  # HubSpot's ads
    "roistat roistat_visit roistat_referrer roistat_pos calltouch_tm",  # call tracking
    "mc_cid mc_eid mkt_tok ml_subscriber ml_subscriber_hash vero_id vero_conv oly_enc_id oly_anon_id",  # mail programs
    "_hsenc _hsmi __hstc __hssc __hsfp hsctatracking _bta_tid _bta_c mindbox-click-id mindbox-message-key",
    "_ga _gl _gac _openstat openstat xtor at_medium at_campaign",  # web analytics
    "itm_campaign itm_content itm_medium itm_source itm_term",
    "pk_campaign pk_keyword pk_kwd piwik_campaign piwik_keyword piwik_kwd matomo_campaign matomo_keyword matomo_kwd",
    "mtm_campaign mtm_cid mtm_content mtm_group mtm_keyword mtm_kwd mtm_medium mtm_placement mtm_source",
    "jsessionid phpsessid",  # sessions: another value for each visitor
)
TRACKERS = frozenset(name for group in _GROUPS for name in group.split())


def is_tracker(name: str) -> bool:
    """Return whether a query parameter of this name never chooses the content."""
    name = name.lower().removeprefix(_ESCAPED_AMPERSAND)
    return name.startswith(_PREFIX) or name in TRACKERS
