"""The lexica against lists from elsewhere: WordNet's colours, and common words in their forms."""

import pytest

from augment.words.caption_words import mention

# words as captions have them, gathered without looking at the lexica: (language, kind) -> words
OUTSIDE = {
    ("en", "colour"): """
        red orange yellow green blue purple pink
        brown black white gray grey violet indigo turquoise
        teal magenta maroon navy beige gold silver burgundy fuchsia charcoal mustard taupe ochre
        plum mint chestnut hazel vermilion cobalt whitish bluish reddish auburn ebony terracotta
        rose-coloured off-white blue-green multicoloured gilded raspberry slate pearly rosy""",
    ("de", "colour"): """
        rot rotes knallrot fuchsrote ziegelroter hellblau blauer grün grasgrüne gelb zitronengelb
        schwarz schneeweiß weißen grau silbrig silbern golden goldfarbenes braunem brünett ocker
        anthrazit violett lila rosa pink türkis beige orange orangefarben kupferrot rothaarig
        senfgelb bordeaux cremefarben dunkelrotem kunterbunt blonde rotbraun""",
    ("es", "colour"): """
        rojo rojas rojizo verde verdes verdoso azul azules azulado amarillo amarilla negro negras
        blanco blanca blanquecino gris grises marrón marrones morado rosa naranja violeta púrpura
        dorado plateado carmín bermellón guinda ocre mostaza bermejo plomizo rubio castaño moreno
        granate turquesa beige celeste añil rosado pelirrojo colorido terracota azabache""",
    ("fr", "colour"): """
        rouge rouges rougeâtre vert verte vertes verdâtre
        bleu bleue bleues bleuté jaune noir noire
        blanc blanche gris grise brun brune marron rose violet violette orange doré argenté grenat
        ocre taupe moutarde vermillon fauve ardoise anthracite roux rousse blond blonde beige
        turquoise bordeaux cramoisi blanchâtre multicolore bariolé coloré châtain pourpre écru""",
    ("ru", "colour"): """
        красный красная красного синий синяя синие
        зелёный зелёное жёлтый жёлтых чёрный чёрная белый
        белая серый серыми коричневый оранжевый розовый фиолетовый голубой голубое бордовый рыжий
        алые золотой золотистый серебряный терракотовый
        горчичный вишневое вишнёвый каштановые русые
        карий карие шоколадный охра седой пёстрый салатовый сиреневый лиловый бежевый белокурый
        румяный позолоченный пепельный цветной разноцветные буро-зелёный тёмно-синий""",
    ("ja", "colour"): """
        赤い 青い 白い 黒い 黄色 緑 紫 茶色 灰色
        桃色 水色 金色 銀色 紺色 あかい あおい しろい くろい きいろ
        みどり むらさき ちゃいろ みずいろ ピンク オレンジ
        シルバー ゴールド ネイビー 碧 蒼 茜 ベージュ
        グレイ ワインレッド まっか まっしろ カラフル 金髪 真珠""",
    ("en", "writing"): """
        graffiti tattoo slogan monogram billboard advertisement letters sign subtitles signature
        newspaper blackboard label""",
    ("de", "writing"): """
        Graffiti Werbung Reklame Fußballtrikot Tattoo Buchstaben Schild Verkehrsschild Tafel
        Inschrift Zeitung Unterschrift""",
    ("es", "writing"): """
        grafiti valla anuncio publicidad letrero cartel tatuaje letras periódico pizarra""",
    ("fr", "writing"): """
        graffiti enseigne publicité affiche panneau tatouage lettres journal inscription""",
    ("ru", "writing"): """
        граффити афиша реклама вывеска надпись татуировка буквы газета плакат лозунг""",
    ("ja", "writing"): "グラフィティ 看板 広告 文字 新聞 落書き タトゥー 黒板 ポスター",
    ("en", "light"): """
        backlit campfire flames dusk night moonlight bonfire murky candle neon sunset""",
    ("de", "light"): """
        Gegenlicht finster Lagerfeuer Dämmerung Nacht Mondschein Kerze stockdunkel Abend""",
    ("es", "light"): """
        contraluz tinieblas hoguera noche atardecer penumbra fuego vela farola llamas""",
    ("fr", "light"): "contre-jour ténèbres pénombre nuit crépuscule flammes bougie lueur aube",
    ("ru", "light"): "мрак тьма сумерки ночь закат костёр огонь свеча полумрак рассвет заря",
    ("ja", "light"): "くらい あかるい 夜 逆光 焚き火 夕焼け 炎 ろうそく 暗い よる",
    ("en", "tilt"): "overhead above horizon handstand uphill underneath higher upside",
    ("de", "tilt"): "darüber darunter drüber über unter Horizont Handstand oberste herunter",
    ("es", "tilt"): "encima debajo horizonte empinada arriba colgado bajo",
    ("fr", "tilt"): "dessus dessous horizon pente surplombe suspendu sous",
    ("ru", "tilt"): "выше кверху над под горизонт сверху склон",
    ("ja", "tilt"): "倒立 逆立ち 地平線 頭上 水平線 坂",
    ("en", "clarity"): "high-res blurry sharp crisp pixelated grainy legible 4K",
    ("de", "clarity"): "hochauflösend unscharf gestochen verwackelt körnig verpixelt",
    ("es", "clarity"): "borrosa nítido desenfocado pixelada difusa",
    ("fr", "clarity"): "flou floue net nette pixellisé estompé",
    ("ru", "clarity"): "размытый чёткий нечёткое резкий зернистый смазанный",
    ("ja", "clarity"): "くっきり ぼけ 鮮明 高精細 ピンぼけ 粗い",
    ("en", "weather"): "rainy snow kitchen summer indoors wet bedroom",
    ("de", "weather"): "Regen Schnee Sommer Küche Wohnzimmer draußen nasse",
    ("es", "weather"): "lluvia nieve verano cocina mojado dormitorio",
    ("fr", "weather"): "pluie neige été cuisine mouillée chambre",
    ("ru", "weather"): "дождь снег летний кухня мокрая комната",
    ("ja", "weather"): "雨 雪 夏 台所 部屋 濡れた",
}  # fmt: skip
# lemmas below WordNet's colours by which captions name something else, or nothing at all
NO_COLOURS_IN_CAPTIONS = {"complementary", "frostiness", "hoariness", "inkiness", "viridity"}


@pytest.mark.parametrize(("lang", "kind"), sorted(OUTSIDE))
def test_common_words_are_found_in_the_forms_that_captions_have(lang, kind):
    assert [w for w in OUTSIDE[lang, kind].split() if mention(w, lang, kind) is None] == []


def test_the_names_of_colours_that_wordnet_knows_are_words_for_colours(fetched_folder):
    from curate.dataset import wordnet

    database = wordnet.open_folder(fetched_folder)
    groups = ("chromatic color", "achromatic color")
    names = set().union(
        *(_names_below(database, database.senses(g, wordnet.NOUN)[0]) for g in groups)
    )
    assert len(names) > 200
    missed = {name for name in names if mention(name, "en", "colour") is None}
    assert missed - NO_COLOURS_IN_CAPTIONS == set()


def _names_below(database, root):
    """Lemmas of every noun synset below one."""
    found, front = set(), [root]
    while front:
        synset = database.synset(front.pop())
        found.update(synset.lemmas)
        front += synset.related("~")
    return found
