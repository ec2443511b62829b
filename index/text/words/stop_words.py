"""Function words, which a question needs for its grammar, not for its subject.

Languages without a list here rely on BM25, which gives frequent words little weight.
``VAGUE_WORDS`` tell passages apart, but a question made only of them does not say what it is about.
"""

STOP_WORDS = {
    "en": """
        a about after again all also although always am an and any anybody anyone anything are as at
        be became because become been before being between both but by can could did do does doing
        done during each either else ever every few for from further get gets give given go goes got
        had has have having he her here hers herself him himself his how however i if in into is it
        its itself just let like made make makes many may maybe me might mine more most much must my
        myself near neither no nor not of off often on once one only onto or other others ought our
        ours out over own per perhaps please quite rather said same say says shall she should since
        so some someone something such take taken tell than that the their theirs them themselves
        then there these they this those through to too toward towards under until up upon use used
        very via was we were what whatever when where whether which while who whoever whom whose why
        will with within without would yes yet you your yours yourself aren't can't couldn't didn't
        doesn't don't hasn't haven't i'm i've isn't shouldn't they're wasn't weren't won't wouldn't
        you're arent cant couldnt didnt doesnt dont hasnt havent hows im isnt ive shouldnt thats
        theres theyre wasnt werent whats wheres whos wont wouldnt youre btw gonna gotta kinda pls
        plz tho wanna""",
    "de": """
        aber alle als also am an auch auf aus bei beim bin bis bitte da damit danke dann darf das
        dass dein deine deinem deinen deiner dem den denn der des dich die dies diese diesem diesen
        dieser dieses dir doch dort du durch dürfen eben eigentlich ein eine einem einen einer eines
        er es etwa euch für gab gerade gern gerne gibt habe haben halt hat hatte hatten ich ihm ihn
        ihr ihre im in irgendwie ist ja jede jeder kann kein keine können könnte mal man mehr mein
        meine meinem meinen meiner mich mir mit muss müssen nach nicht noch nochmal nur ob oder ohne
        schon sehr sein seine sich sie sind so soll sollte über überhaupt um und uns unser unsere
        unseren unter viel viele vielleicht vom von vor war waren warum was weil welche welchem
        welchen welcher welches wem wen wenn wer werden wessen wie wieso wir wird wo woher wohin
        worden wurde wurden zu zum zur zwischen""",
    "es": """
        a al algo ante como con cual cuál cuales cuáles cuando cuándo cuanta cuánta cuantas cuántas
        cuanto cuánto cuantos cuántos de del desde donde dónde durante e el él ella ellos en entre
        era eran es esa ese eso esta está están este esto fue fueron ha había han hasta hay la las
        debe deben debo le les lo los más me mi muy no nos o para pero por porque pueden puede
        puedes puedo que qué quien quién quienes se según ser si sí sin sobre son su sus también tan
        tiene tienen tu un una unas uno unos y ya""",
    "fr": """
        à a au aux avec avait ce ces cet cette ceux comme comment combien dans de depuis des du elle
        elles en entre est et était étaient été être eu eux fut il ils je la le les leur leurs lui
        mais me même moi mon ne nos notre nous on ont où ou par pas plus pour pourquoi quand peut
        peuvent peux que quel quelle quelles quels qui quoi sa sans se selon ses si son sont sous
        sur ta te tes toi ton tu un une vos votre vous y""",
    "ru": """
        а без был была были было быть в во вот все всё вы где да для до его ее её если есть еще ещё
        же за зачем и из или им их к как какая какие каким каких какого какое какой каком какому
        какую ко когда который которая которое которые кто кого кому ли между мне много можно может
        могу могут мы на над не нет но ну нужно о об он она они оно от по под после почему при про с
        сам свой себя сколько со так также там то того тоже той только том тот ты у уже чего чей чем
        через что чтобы эта эти это этот я""",
}
VAGUE_WORDS = {
    "en": """
        anything anywhere everything find found idea know look looked looking nothing nowhere
        searched stuck tried trying understand wrong""",
    "de": """
        bedeuten bedeutet besser bist dabei dafür daher danach daran darauf daraus darin davon dazu
        drin einfach einmal erklär erklären erst etwas euer falsch find finde finden funktionieren
        funktioniert ganz gehen geht genau genauer gleich gut hast heißen heißt helfen hier hilft
        immer irgendwas irgendwo jemand jetzt kannst kapiere klappen klappt klar komm kommen kommt
        lassen lässt laufen läuft mach mache machen macht möchte nächste nichts nie niemand nirgends
        nirgendwo passieren passiert richtig sag sagen sagt schlecht schnell sehen sieht sonst spät
        stimmt tun tut uhr verstehe weiß weiter wieder will wirklich wissen wollen würde zeig
        zeigen""",
    "es": """
        ahora algo alguien allí aquí así bien cómo cosa dime eres estás explica explicar funciona
        funcionar haces hacer hago luego mal más mejor mío nada nadie necesito nosotros otra otro
        pasa pasó quiero sabes sé siguiente sirve tengo tienes va vale ve ver verdad vez""",
    "fr": """
        aussi bien ça cela chose dis encore es expliquer explique fais fait faire faut fonctionne
        fonctionner ici ils juste là maintenant marche marcher mieux mal peu plaît puis rien sais
        savoir suis tout très tu va veux vois voir vrai vraiment""",
    "ru": """
        зачем каков какова каково каковы куда насколько откуда отсюда почём сюда туда""",
}
