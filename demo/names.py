"""Given and family names in many scripts, with the Latin letters that usernames are made from.

A name outside the Latin alphabet is written `native=latin`; a family name with a form for women is
`man/woman`.
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass

# AWS, HR systems and mail hosts all write these letters in ASCII their own way; this is one of them.
SPECIAL_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "œ": "oe", "ə": "e"}
)


@dataclass(frozen=True, slots=True)
class Language:
    """Names of one language; `weight` is how often it is met, `family_first` how a full name is written."""

    weight: int
    women: str
    men: str
    families: str
    family_first: bool = False
    joined_by: str = " "


@dataclass(frozen=True, slots=True)
class FullName:
    """One person's names, and the ASCII of both for usernames and addresses."""

    given: str
    family: str
    full: str
    latin_given: str
    latin_family: str


def pick(rng: random.Random) -> FullName:
    """A name such as Brightwater's people have."""
    language = rng.choices(LANGUAGES, weights=[known.weight for known in LANGUAGES])[0]
    woman = rng.random() < 0.5
    given, latin_given = _written(rng.choice((language.women if woman else language.men).split()))
    family_name = rng.choice(language.families.split())
    forms = [_written(form) for form in family_name.split("/")]
    family, latin_family = forms[-1] if woman else forms[0]
    parts = (family, given) if language.family_first else (given, family)
    return FullName(given, family, language.joined_by.join(parts), latin_given, latin_family)


def latin(text: str) -> str:
    """Lower-case ASCII letters and digits of a name in Latin script."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(SPECIAL_LETTERS))
    return "".join(char for char in plain if char.isascii() and char.isalnum())


def _written(name: str) -> tuple[str, str]:
    native, _, romanised = name.partition("=")
    native = native.replace("_", " ")
    return native, latin(romanised or native)


LANGUAGES = (
    Language(
        24,
        "Olivia Amelia Grace Hannah Chloe Megan Charlotte Ruth Siobhán Niamh Imogen Tamsin",
        "Jack Harry Oliver George Thomas Callum Declan Rhys Alistair Owen Marcus Toby",
        "Smith Jones Taylor Walker Hughes O'Connor Bennett Whitfield Ashworth Fitzgerald-Hale MacLeod "
        "D'Arcy Pritchard Barlow Hartley Thornton Llewellyn Cavendish-Brooke St._John",
    ),
    Language(
        10,
        "Anna Johanna Katharina Lena Greta Jördis Ursula Mareike",
        "Jürgen Lukas Matthias Felix Björn Günther Sören Tilman",
        "Müller Schröder Groß Weißmann Köhler Jäger Bäcker von_Hohenfels Schönfeld Krüger Vogt Lindner",
    ),
    Language(
        8,
        "Astrid Ingrid Freja Sigrún Åsa Maja Linnéa Solveig",
        "Søren Bjørn Åke Eirik Mikkel Þorsteinn Lars Håkon",
        "Lindqvist Sørensen Østergaard Ångström Bergström Kjærgaard Nygård Hansen Ek Dahl Rasmussen Moe",
    ),
    Language(
        8,
        "Amélie Chloé Zoé Éloïse Maëlys Françoise Inès Solène",
        "Loïc François Gaël Jérôme Raphaël Benoît Noël Thibault",
        "Lefèvre Dupré Besançon Moreau Gauthier L'Écuyer Béranger Maître Fabre Rousseau de_La_Tour",
    ),
    Language(
        8,
        "María Lucía Begoña Ximena Inés Concepción Nuria Ainhoa",
        "José Álvaro Íñigo Joaquín Martín Andrés Ángel Raúl",
        "García Muñoz Núñez Ibáñez Peña Castañeda Fernández_de_Córdoba Ordóñez Vázquez Solís Gutiérrez",
    ),
    Language(
        6,
        "Agnieszka Małgorzata Zofia Grażyna Łucja Bożena Ewa",
        "Łukasz Paweł Michał Stanisław Wojciech Grzegorz Jędrzej",
        "Kowalski/Kowalska Wiśniewski/Wiśniewska Żółkiewski/Żółkiewska Wójcik "
        "Dąbrowski/Dąbrowska Nowak Gołąb",
    ),
    Language(
        4,
        "Ayşe Gülşen Zeynep Şule Elif İpek",
        "Çağlar Ömer İbrahim Şükrü Oğuz Tarık",
        "Yılmaz Öztürk Şahin Çelik Güneş Kılıç Doğan Aydın",
    ),
    Language(
        4,
        "Chinwe Ngozi Adaeze Folasade Temitọpẹ Yetunde",
        "Chukwuemeka Olúwaseun Babatunde Ifeanyi Kwame Kofi",
        "Okafor Adébáyò Nwosu Ọláníyan Mensah Boateng Eze Achebe",
    ),
    Language(
        4,
        "Thị_Hương Ngọc_Ánh Phương_Thảo Mai_Linh Thu_Hà",
        "Văn_Đức Quốc_Bảo Minh_Tuấn Hữu_Phước Anh_Dũng",
        "Nguyễn Trần Phạm Đặng Võ Bùi Lương",
        family_first=True,
    ),
    Language(
        5,
        "Мария=maria Анна=anna Екатерина=ekaterina Ольга=olga Светлана=svetlana Юлия=yulia",
        "Алексей=alexey Дмитрий=dmitry Сергей=sergey Николай=nikolay Фёдор=fyodor Юрий=yury",
        "Иванов=ivanov/Иванова=ivanova Смирнов=smirnov/Смирнова=smirnova "
        "Кузнецов=kuznetsov/Кузнецова=kuznetsova "
        "Щербаков=shcherbakov/Щербакова=shcherbakova Соколов=sokolov/Соколова=sokolova",
    ),
    Language(
        3,
        "Олена=olena Ірина=iryna Наталія=nataliia Їванна=yivanna",
        "Андрій=andrii Богдан=bohdan Тарас=taras Євген=yevhen",
        "Шевченко=shevchenko Коваленко=kovalenko Бондар=bondar Ткаченко=tkachenko Гриценко=hrytsenko",
    ),
    Language(
        3,
        "Ελένη=eleni Σοφία=sofia Αικατερίνη=aikaterini Δήμητρα=dimitra",
        "Γιώργος=giorgos Νίκος=nikos Κωνσταντίνος=konstantinos Θανάσης=thanasis",
        "Παπαδόπουλος=papadopoulos/Παπαδοπούλου=papadopoulou Γεωργίου=georgiou "
        "Νικολάου=nikolaou Οικονόμου=oikonomou",
    ),
    Language(
        4,
        "فاطمة=fatima ليلى=layla نور=noor زينب=zaynab مريم=maryam",
        "محمد=mohammed أحمد=ahmed خالد=khalid يوسف=yusuf طارق=tariq",
        "الحسيني=alhusseini المنصور=almansour عبد_الله=abdullah حداد=haddad الخطيب=alkhatib",
    ),
    Language(
        2,
        "נועה=noa תמר=tamar שירה=shira יעל=yael",
        "דוד=david יוסף=yosef אריאל=ariel איתן=eitan",
        "כהן=cohen לוי=levi מזרחי=mizrahi פרידמן=friedman",
    ),
    Language(
        2,
        "مهسا=mahsa نگار=negar پریسا=parisa شیرین=shirin",
        "رضا=reza امیر=amir کاوه=kaveh بهرام=bahram",
        "حسینی=hosseini کریمی=karimi رضایی=rezaei تهرانی=tehrani",
    ),
    Language(
        4,
        "प्रिया=priya अंजलि=anjali सुनीता=sunita काव्या=kavya",
        "राजेश=rajesh अर्जुन=arjun विक्रम=vikram संजय=sanjay",
        "शर्मा=sharma वर्मा=verma गुप्ता=gupta सिंह=singh पटेल=patel अय्यर=iyer",
    ),
    Language(
        2,
        "নুসরাত=nusrat ফারহানা=farhana মিতা=mita",
        "রহিম=rahim অনিক=anik সৌরভ=sourav",
        "চৌধুরী=chowdhury ইসলাম=islam দাস=das আহমেদ=ahmed",
    ),
    Language(
        2,
        "கவிதா=kavitha மீனாட்சி=meenakshi பிரியா=priya",
        "முருகன்=murugan கார்த்திக்=karthik அருண்=arun",
        "சுப்ரமணியன்=subramanian நடராஜன்=natarajan ராமசாமி=ramasamy",
    ),
    Language(
        2,
        "สมหญิง=somying ศิริพร=siriporn มาลี=malee",
        "สมชาย=somchai ธนากร=thanakorn วิชัย=wichai",
        "แสงทอง=saengthong ศรีสุข=srisuk บุญมี=boonmee",
    ),
    Language(
        5,
        "小红=xiaohong 丽娜=lina 雅婷=yating 欣怡=xinyi 静=jing",
        "伟=wei 建国=jianguo 子轩=zixuan 志强=zhiqiang 浩然=haoran",
        "王=wang 李=li 张=zhang 陈=chen 欧阳=ouyang 刘=liu 諸葛=zhuge",
        family_first=True,
        joined_by="",
    ),
    Language(
        4,
        "さくら=sakura 美咲=misaki ゆかり=yukari 陽子=yoko アヤ=aya",
        "健太=kenta 翔=sho 大輔=daisuke 一郎=ichiro ケン=ken",
        "佐藤=sato 鈴木=suzuki 髙橋=takahashi 渡邉=watanabe 齋藤=saito 𠮷田=yoshida",
        family_first=True,
    ),
    Language(
        3,
        "지우=jiwoo 서연=seoyeon 민지=minji 하은=haeun",
        "민준=minjun 도윤=doyun 현우=hyunwoo 지훈=jihoon",
        "김=kim 이=lee 박=park 최=choi 남궁=namgung",
        family_first=True,
        joined_by="",
    ),
    Language(
        1,
        "ნინო=nino თამარ=tamar ქეთევან=ketevan",
        "გიორგი=giorgi ლევან=levan დავით=davit",
        "ბერიძე=beridze კაპანაძე=kapanadze გელაშვილი=gelashvili",
    ),
    Language(
        1,
        "Անահիտ=anahit Մարիամ=mariam Նարե=nare",
        "Արամ=aram Տիգրան=tigran Հայկ=hayk",
        "Պետրոսյան=petrosyan Հակոբյան=hakobyan Սարգսյան=sargsyan",
    ),
    Language(
        1,
        "ሰላም=selam ብርቱካን=birtukan ሐና=hanna",
        "አበበ=abebe ዳዊት=dawit ተስፋዬ=tesfaye",
        "ገብረማርያም=gebremariam ወልደጊዮርጊስ=woldegiorgis በቀለ=bekele",
    ),
)
