"""The features that the models use, by kind of page: those with the largest gain in training.

HTML uses the best 80 of 167 features, plain text the best 62 of 111. They take half the time, and pageF1 is the same
as with all (two of five folds; HTML .937 with 70, 90 or all, .933 with 50; plain text .924 with 60, .922 with all, .920
with 40). Two features of HTML came later, the distances to the title: .001 more on all pages, .909 to .923 on Russian
ones. Those of `themes.py` and `rhythm.py` came to plain text, where they are .008 on all pages and .05 on Russian ones;
in HTML they are .001, which is less than what chance moves. `python -m tests.bench.train --rank` prints the order by
gain.
"""

from typing import Final

_HTML: Final = (
    "alike barriers_before below_container_0.5 below_container_0.75 blocks blocks_of_0 blocks_of_1 blocks_of_2 broken "
    "capital_share capital_share_at_-1 comments_before copies cue cued_around_1 cued_around_2 depth ends "
    "ends_of_alike from_span_start from_title good_before good_before_10 good_of_1 good_of_2 good_of_alike "
    "good_of_page hint_body hint_comment hint_credit hint_navigation hint_paragraph hint_related hint_side in_article "
    "in_description in_figure in_footer in_form in_main in_run in_span in_title kind letters link_share "
    "links_before_10 links_of_0 links_of_1 links_of_2 links_of_alike list_run of_biggest page_words place run_share "
    "run_words share_of_1 share_of_2 share_of_alike share_of_good share_of_page since_comment since_good "
    "size_to_description span_noise span_weight to_container_0.5 to_run to_span until_good weight words_after_10 "
    "words_after_2 words_before words_before_1 words_before_10 words_of_0 words_of_1 words_of_2 words_of_alike "
)
_PLAIN: Final = (
    "bar_share barriers_before blank_share blocks capital_share capital_share_at_+1 capital_share_at_-1 characters "
    "colons commas comments_before copies cue cued_around_10 cued_of_page dense digits ends ends_after_10 "
    "ends_before_10 ends_before_2 ends_dots from_heading from_span_start good_after_10 good_before good_before_10 "
    "good_before_2 good_before_5 good_of_page heading_words in_run in_span labels_of_page letters links_before_10 "
    "list_run of_biggest page_words per_comma per_sentence place repeated rhythm run_share run_words share_of_good "
    "share_of_page short_words since_comment span_noise span_weight starts_at_+1 stems stems_after stems_before "
    "themed themed_around_5 to_run to_span until_good weight words words_after_1 words_after_10 words_after_2 "
    "words_after_5 words_at_-2 words_before words_before_1 words_before_2 "
)
SELECTED: Final = {"html": frozenset(_HTML.split()), "plain": frozenset(_PLAIN.split())}
