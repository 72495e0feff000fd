"""Tags of languages (BCP 47) in; their English names, as CLDR has them, out."""

import re

from curate.dataset.languages import primary

_TOLD = """
af Afrikaans; ak Akan; am Amharic; ar Arabic; as Assamese; ast Asturian; az Azerbaijani;
be Belarusian; bg Bulgarian; bn Bangla; bo Tibetan; br Breton; bs Bosnian; ca Catalan;
ccp Chakma; ceb Cebuano; chr Cherokee; ckb Central Kurdish; cs Czech; cv Chuvash; cy Welsh;
da Danish; de German; doi Dogri; dsb Lower Sorbian; dz Dzongkha; el Greek; en English;
eo Esperanto; es Spanish; et Estonian; eu Basque; fa Persian; ff Fula; fi Finnish; fil Filipino;
fo Faroese; fr French; fy Western Frisian; ga Irish; gd Scottish Gaelic; gl Galician;
gu Gujarati; ha Hausa; haw Hawaiian; he Hebrew; hi Hindi; hr Croatian; hsb Upper Sorbian;
hu Hungarian; hy Armenian; ia Interlingua; id Indonesian; ig Igbo; is Icelandic; it Italian;
ja Japanese; jv Javanese; ka Georgian; kab Kabyle; kk Kazakh; kl Kalaallisut; km Khmer;
kn Kannada; ko Korean; kok Konkani; ks Kashmiri; ku Kurdish; ky Kyrgyz; la Latin;
lb Luxembourgish; lij Ligurian; lo Lao; lt Lithuanian; lv Latvian; mai Maithili; mg Malagasy;
mi Māori; mk Macedonian; ml Malayalam; mn Mongolian; mni Manipuri; mr Marathi; ms Malay;
mt Maltese; mul several; my Burmese; nb Norwegian Bokmål; ne Nepali; nl Dutch;
nn Norwegian Nynorsk; no Norwegian; nso Northern Sotho; oc Occitan; or Odia; pa Punjabi;
pap Papiamento; pcm Nigerian Pidgin; pl Polish; ps Pashto; pt Portuguese; qu Quechua;
rm Romansh; ro Romanian; ru Russian; rw Kinyarwanda; sa Sanskrit; sat Santali; sc Sardinian;
sd Sindhi; se Northern Sami; si Sinhala; sk Slovak; sl Slovenian; so Somali; sq Albanian;
sr Serbian; su Sundanese; sv Swedish; sw Swahili; ta Tamil; te Telugu; tg Tajik; th Thai;
ti Tigrinya; tk Turkmen; tl Filipino; tlh Klingon; tn Tswana; to Tongan; tr Turkish; tt Tatar;
ug Uyghur; uk Ukrainian; und unknown; ur Urdu; uz Uzbek; ve Venda; vec Venetian; vi Vietnamese;
wa Walloon; wo Wolof; xh Xhosa; yi Yiddish; yo Yoruba; yue Cantonese; zh Chinese; zu Zulu
"""
_NAMES = dict(entry.split(" ", 1) for entry in re.split(r";\s+", _TOLD.strip()))


def name(tag: str) -> str:
    """The English name of a tag's language, what its region or script is behind it; or the tag."""
    own = primary(tag)
    if own not in _NAMES:
        return tag
    rest = tag.replace("_", "-").partition("-")[2]
    return f"{_NAMES[own]} ({rest})" if rest else _NAMES[own]
