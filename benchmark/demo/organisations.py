"""Sixty organisations that do not exist, spread over sectors, sizes and kinds. Three holdings own eight of them."""

from collections.abc import Mapping
from dataclasses import dataclass

SECTORS = {
    "fin": "financial",
    "pub": "public",
    "ene": "energy",
    "tel": "telecom_media",
    "ret": "retail",
    "car": "care",
    "tra": "transport",
    "bus": "business_services",
}
SIZES = {"s": "small", "m": "medium", "l": "large"}
KINDS = {"in": "inhouse", "fa": "facilitair", "to": "toeleverancier"}
MARKETS = {"c": "consumer", "b": "business", "cb": "both"}
GROUPS = {"zm": "Zilvermeeuw Groep (verzonnen)", "lw": "Lindewold Holding (verzonnen)", "kz": "Kraanzicht (verzonnen)"}

# code | name | sector size kind market | group
_TABLE = """
bank-avondrood        | Avondrood Bank                 | fin l in c  |
kievit-verzekeringen  | Kievitsnest Verzekeringen      | fin l in cb |
pensioen-morgenland   | Pensioenfonds Morgenland       | fin m in c  |
spaarhuis-turfvaart   | Spaarhuis Turfvaart            | fin s in c  |
zorgpolis-noorderlicht| Noorderlicht Zorgpolis         | fin l in c  |
hypotheek-torenmolen  | Torenmolen Hypotheken          | fin m in c  | lw
leasemaat-rietkraag   | Rietkraag Lease                | fin m in b  | lw
betaaldienst-klompvis | Klompvis Betaaldiensten        | fin m in cb |
krediet-hazelhof      | Hazelhof Krediet               | fin s in b  |
gemeente-zomerveen    | Gemeente Zomerveen             | pub m in cb |
gemeente-ooievaarsdam | Gemeente Ooievaarsdam          | pub l in cb |
gemeente-wintermade   | Gemeente Wintermade            | pub s in cb |
waterschap-de-kromming| Waterschap De Kromming         | pub s in cb |
belasting-eiland      | Belastingkantoor Nergenseiland | pub l in cb |
uitkering-hollewaard  | Uitkeringshuis Hollewaard      | pub m in c  |
register-blauwpapier  | Blauwpapier Registratie        | pub m in b  |
vergunning-loket-acht | Vergunningloket Acht           | pub s in b  |
omgevingsdienst-geest | Omgevingsdienst Grijze Geest   | pub s in cb |
stroom-bliksemkade    | Bliksemkade Stroom             | ene l in c  | zm
gas-vuurdoorn         | Vuurdoorn Energie              | ene m in c  | zm
warmte-koperketel     | Koperketel Warmte              | ene s in c  | zm
netbeheer-hoogmast    | Hoogmast Netbeheer             | ene l in cb |
water-bronkruid       | Bronkruid Drinkwater           | ene m in c  |
zon-dakpan            | Dakpan Zonnestroom             | ene m in cb |
telecom-echoput       | Echoput Telecom                | tel l in c  |
kabel-draadnagel      | Draadnagel Kabel               | tel m in c  |
krant-de-ochtendmist  | De Ochtendmist Dagblad         | tel m in c  |
omroep-sterrenwacht   | Omroep Sterrenwacht            | tel s in c  |
mobiel-zwaluwstaart   | Zwaluwstaart Mobiel            | tel m in cb |
streaming-nachtuil    | Nachtuil Streaming             | tel m in c  |
datacenter-koelvin    | Koelvin Datacenters            | tel s to b  |
winkel-sneeuwklok     | Sneeuwklok Warenhuis           | ret l in c  |
webwinkel-pakjesberg  | Pakjesberg.invalid             | ret l in c  |
meubel-drie-poten     | Drie Poten Meubelen            | ret m in c  |
mode-lappendeken      | Lappendeken Mode               | ret m in c  |
fiets-rugwind         | Rugwind Fietsen                | ret s in c  |
boeken-ezelsoor       | Ezelsoor Boeken                | ret s in c  |
tuin-regenworm        | Regenworm Tuincentra           | ret m in c  |
groothandel-wagenwiel | Wagenwiel Groothandel          | ret m to b  |
ziekenhuis-lentehof   | Ziekenhuis Lentehof            | car l in c  |
thuiszorg-warme-wollen| Warme Wollen Thuiszorg         | car m in c  |
kliniek-zachte-hand   | Kliniek Zachte Hand            | car s in c  |
huisartsenpost-wekker | Huisartsenpost De Wekker       | car m in c  |
hulpmiddel-krukas     | Krukas Hulpmiddelen            | car s to cb |
ggz-stille-vijver     | Stille Vijver GGZ              | car m in c  |
apotheek-kamille      | Kamille Apotheken              | car s in c  |
spoor-wisselwachter   | Wisselwachter Spoor            | tra l in c  |
bus-haltepaal         | Haltepaal Busvervoer           | tra m in c  |
pakket-postduif       | Postduif Pakketten             | tra l in cb |
veer-overzet          | Overzet Veerdiensten           | tra s in c  |
taxi-groene-golf      | Groene Golf Taxi               | tra s in c  |
vracht-kruiwagen      | Kruiwagen Vracht               | tra m to b  |
contact-hoorn-van-ver | Hoorn van Ver Klantcontact     | bus l fa cb | kz
contact-luisterend-oor| Het Luisterend Oor             | bus m fa cb | kz
contact-tweede-lijn   | Tweede Lijn Contactcentrum     | bus l fa c  | kz
contact-antwoordhuis  | Antwoordhuis                   | bus m fa c  |
contact-kwartslag     | Kwartslag Klantenservice       | bus m fa cb |
contact-papegaai      | De Beleefde Papegaai           | bus l fa c  |
contact-balie-negen   | Balie Negen                    | bus s fa b  |
software-wachtrij     | Wachtrij Software              | bus m to b  |
"""


@dataclass(frozen=True)
class DemoOrganisation:
    """One invented organisation; `number` is its place in the table."""

    number: int
    code: str
    name: str
    dimensions: Mapping[str, str]
    group: str

    @property
    def kind(self) -> str:
        """In-house, outsourcer or supplier."""
        return self.dimensions["kind"]

    @property
    def sector(self) -> str:
        """Code of the sector."""
        return self.dimensions["sector"]


def _organisation(number: int, line: str) -> DemoOrganisation:
    code, name, places, group = (cell.strip() for cell in line.split("|"))
    sector, size, kind, market = places.split()
    dimensions = {
        "sector": SECTORS[sector],
        "size_band": SIZES[size],
        "kind": KINDS[kind],
        "market": MARKETS[market],
    }
    return DemoOrganisation(number, code, name, dimensions, GROUPS[group] if group else "")


ORGANISATIONS: tuple[DemoOrganisation, ...] = tuple(
    _organisation(number, line) for number, line in enumerate(_TABLE.strip().splitlines())
)

# Not everybody takes part each year: four joined in 2025.
JOINED_IN_2025 = frozenset({"zon-dakpan", "streaming-nachtuil", "taxi-groene-golf", "software-wachtrij"})


def taking_part(year: int) -> tuple[DemoOrganisation, ...]:
    """The organisations that answer in the round of `year`, as far as it is finished."""
    return tuple(one for one in ORGANISATIONS if year >= 2025 or one.code not in JOINED_IN_2025)
