"""Phrases of small talk by language.

Each language has four groups, separated by slashes: greetings; thanks and other words that need
no reply; questions that the help answers; words that may stand beside them.
"""

PHRASES = {
    "en": """
        hello, hi, hey, hiya, howdy, yo, heya, hullo, greetings, good morning, good afternoon,
        good evening, good day, morning, evening, gm, how are you, how are you doing, how are u,
        how r u, how do you do, how is it going, hows it going, how are things, whats up,
        what is up, sup, wassup, bye, goodbye, good night, night, gn, see you, see ya, cya,
        take care, is anyone here, is anyone there, is anybody here, is anybody there, anyone here,
        anyone there, anybody here, anybody there, are you there, you there, test, nice to meet you,
        have a nice day, have a good day, have a great day, have a nice weekend,
        have a great weekend, have a good one, happy new year, merry christmas, happy holidays,
        happy birthday, happy friday, happy monday, welcome, afternoon, long time no see,
        hows everyone, hows everyone doing, hope youre well, hope youre all well, see you tomorrow,
        see you later, later, brb, bbl, good luck, much love, congrats, congratulations,
        testing 123, is this thing on, are you alive, anyone around, anyone online, anybody around,
        anybody online, first time here, just joined, im new here,
        yo whats good, whats good, testing, ping,
        are you online, are you up, are you awake, you online
        /
        thanks, thank you, thank u, thankyou, thx, thnx, tnx, tx, ty, tysm, tyvm, cheers, ta,
        much appreciated, appreciate it, appreciated, ok, okay, k, kk, alright, all right, cool,
        nice, nice one, great, awesome, amazing, perfect, excellent, brilliant, fantastic,
        wonderful, good bot, bad bot, best bot, good job, good work, good one, well done, bravo,
        lol, lmao, rofl, haha, hahaha, hehe, wow, got it, gotcha, i see, makes sense, understood,
        noted, never mind, nevermind, nvm, no problem, np, no worries, youre welcome,
        you are welcome, yw, sorry, my bad, sounds good, that helped, that helps, this helped,
        it helped, very helpful, so helpful, that works, that worked, it works, it worked,
        works now, love it, love this, love you, i love you, ily, yes, yep, yeah, yup, no, nope,
        nah, sure, fine, exactly, agreed, gg, kudos, +1, youre awesome, you rock, youre great,
        youre the best, aight, oops, hmm, hm, ahh, cool beans, sounds great, thats great,
        thats awesome, omg, thanks anyway, fixed it, i fixed it, found it, i found it, solved it,
        that solved it, that fixed it, it worked out, figured it out, i figured it out,
        got it working, that did it, this is funny, thats funny,
        thanks a ton, thanks a bunch, you the best, youre a legend, legend, sweet, thank god,
        tysvm, big thanks, many thanks, interesting, thats interesting, thats cool, you suck
        /
        help, help me, are you a bot, are you a robot, are you human, are you a human, are you real,
        who are you, who r u, what are you, who is this, who is quoth,
        what can you do, what can u do, what do you do, what can i do here, what can i ask,
        what can i ask you, what should i ask, how do you work, how does this bot work,
        how does the bot work, how do i use you, how do i use this, how do i use this bot,
        how do i use the bot,
        how can i use you, how to use you, how to use this bot, what can this bot do,
        what does this bot do, what can the bot do, what are your commands, commands,
        what commands are there, introduce yourself, tell me about yourself, can you help me,
        could you help me, i need help, whats your name, what is your name, how can you help me,
        what can you help me with, what can you help with, what do you know, what are you for,
        tell me what you can do, what are you capable of, how do i talk to you, how do i ask you,
        whats this bot, what is this bot, who are u, whats this bot for, i have a question,
        i've got a question, got a question, quick question, can i ask you something,
        can i ask a question, can someone help, can someone help me, can anyone help,
        can anyone help me
        /
        there, all, everyone, everybody, folks, guys, lads, mate, friend, buddy, man, dude, bro,
        bot, quoth, you, u, again, please, pls, plz, so, much, very, a lot, lots, a million,
        a bunch, really, for, your, the, quick, help, answer, reply, that, this, it, now, today, to,
        and, well, oh, ah, then, just, work, is, was, its, thats, i, will, do, is all, of, anyway,
        always, as, indeed, kind, myself, me, yay, be, are, am""",
    "de": """
        hallo, hi, hey, hallöchen, moin, moin moin, servus, grüezi, grüß gott, tag, guten tag,
        guten morgen, morgen, guten abend, n abend, abend, gute nacht, nabend, mahlzeit, na,
        wie gehts, wie gehts dir, wie geht es dir, wie geht es, alles klar bei dir, was geht,
        tschüss, tschüs, ciao, bis dann, bis später, bis morgen, auf wiedersehen, mach's gut, huhu,
        tach, tachchen, tschö, tschau, mfg, lg, moinsen, jemand wach, bist du online,
        schönen tag, einen schönen tag, schönen abend, schönes wochenende,
        ein schönes wochenende, frohe weihnachten, frohes neues, alles gute, ist jemand online,
        ist hier jemand, ist jemand hier, ist jemand da, jemand da, jemand hier, bist du da
        /
        danke, dankeschön, danke schön, danke sehr, vielen dank, besten dank, herzlichen dank,
        tausend dank, dank dir, ich danke dir, merci, ok, okay, alles klar, klar, super, toll,
        prima, klasse, cool, perfekt, spitze, genial, wunderbar, sehr gut, gut gemacht, gut, lol,
        haha, hihi, verstanden, verstehe, ach so, achso, passt, bitte, gern geschehen, gerne,
        kein problem, krass, interessant, das hilft, das hilft mir,
        hat geholfen, das hat geholfen, funktioniert, geht, sorry, entschuldigung,
        guter bot, braver bot, ja, nein, jo, jep, nö, genau, stimmt, top, hat geklappt,
        es hat geklappt, klappt, jetzt gehts, jetzt geht es, habs gefunden, ich habs gefunden,
        gefunden, gelöst, habs hinbekommen, hat sich erledigt, erledigt, wow,
        vielen lieben dank, lieben dank, danke schonmal, danke dir schonmal, kein ding, läuft jetzt,
        läuft, mega, mega gut, du bist super, du bist toll, du bist der beste, klappt jetzt, klappt,
        jup, joa, oki, okidoki, supi, geil, funzt, funzt wieder, jetzt funktionierts,
        jetzt funktioniert es, ne, nee, jein, egal, ups, sry, tut mir leid, schade, habs, hab's,
        nicht schlimm, böser bot, dummer bot, schlechter bot, stimmt nicht, das stimmt nicht,
        das ist falsch, falsch, quatsch, unsinn, das hilft nicht, das hilft mir nicht, nichts
        /
        hilfe, hilf mir, bist du ein bot, bist du ein mensch, bist du echt,
        wer bist du, was bist du, wer ist das, wer ist quoth, was kannst du,
        was kannst du alles, was kannst du tun, was kannst du machen, was machst du,
        was kann ich dich fragen, was kann ich hier fragen, wie funktionierst du,
        wie funktioniert dieser bot, wie funktioniert der bot, wie benutze ich dich,
        wie benutzt man dich, wie benutze ich den bot, was kann der bot, was kann dieser bot,
        welche befehle gibt es, stell dich vor, kannst du mir helfen, ich brauche hilfe,
        wie heißt du, was weißt du, wobei kannst du helfen, wobei kannst du mir helfen,
        bist du ein mensch, wer hat dich gemacht, wer hat dich programmiert,
        wer hat dich entwickelt, wofür bist du da, was bist du, eine frage, ne frage, kurze frage,
        eine kurze frage, ne kurze frage, kann ich dich was fragen, darf ich was fragen,
        kann mir jemand helfen, kann mir wer helfen, kann mir einer helfen, kann jemand helfen
        /
        zusammen, alle, allen, leute, ihr, du, dir, euch, bot, quoth, mal, sehr, viel, vielmals, so,
        für, die, deine, hilfe, antwort, das, es, wieder, jetzt, auch, und, ja, schon, ist, war,
        echt, wirklich, auf jeden fall, ich, lieben, lieb, miteinander, allerseits, noch, trotzdem,
        an, hab, habe, hätte, da, ah, oh, ach""",
    "es": """
        hola, holi, buenas, buenos días, buen día, buenas tardes, buenas noches, saludos, hey,
        qué tal, qué tal estás, cómo estás, cómo está, cómo te va, qué hay, qué pasa, adiós, chao,
        chau, hasta luego, hasta mañana, nos vemos, buen día a todos, buen fin de semana,
        buen finde, feliz navidad, feliz año, hay alguien, hay alguien aquí, hay alguien ahí,
        alguien aquí, estás ahí
        /
        gracias, muchas gracias, mil gracias, muchísimas gracias, te lo agradezco, ok, okay, vale,
        genial, perfecto, estupendo, excelente, guay, bien, muy bien, buen trabajo, buen bot, jaja,
        jajaja, jeje, lol, entendido, entiendo, ya veo, de acuerdo, listo, de nada, no hay problema,
        perdón, lo siento, sí, no, claro, exacto, me ayudó, me sirvió, funciona, ya está,
        solucionado, resuelto, lo encontré
        /
        ayuda, ayúdame, eres un bot, eres humano, eres real,
        quién eres, qué eres, quién es quoth, qué puedes hacer, qué sabes hacer,
        qué haces, para qué sirves, cómo funcionas, cómo funciona este bot, cómo funciona el bot,
        cómo te uso, cómo se usa este bot, qué puedo preguntar, qué puedo preguntarte,
        qué comandos hay, preséntate, puedes ayudarme, me puedes ayudar, necesito ayuda,
        cómo te llamas, en qué me puedes ayudar, en qué puedes ayudarme, tengo una pregunta,
        una pregunta, puedo preguntarte algo, puedo hacer una pregunta, alguien me puede ayudar,
        alguien puede ayudarme
        /
        a todos, todos, todas, amigos, amigo, bot, quoth, por, la, el, tu, ayuda, respuesta, muy,
        mucho, tú, de verdad, todo, eso, ya, y, por favor, otra vez, ahora, es, está, grupo, crack,
        gente, responder, ayudar, ayudarme, igualmente""",
    "fr": """
        bonjour, bonsoir, salut, coucou, bonne nuit, bonne journée, bonne soirée, ça va,
        comment ça va, comment vas tu, comment allez vous, quoi de neuf, au revoir, à bientôt,
        à plus, à demain, il y a quelqu'un, quelqu'un ici
        /
        merci, merci beaucoup, merci bien, mille mercis, d'accord, ok, okay, super, génial, parfait,
        top, cool, bien joué, bravo, très bien, lol, mdr, haha, compris, je vois, de rien,
        pas de problème, pas de souci, désolé, pardon, oui, non, exactement, ça marche, ça m'a aidé
        /
        aide, aide moi, aidez moi, à l'aide, qui es tu, qui êtes vous, tu es qui, qu'es tu,
        qui est quoth, que sais tu faire, que peux tu faire, tu sais faire quoi,
        qu'est ce que tu fais, qu'est ce que tu sais faire, comment fonctionnes tu,
        comment ça marche, comment t'utiliser, que puis je demander, quelles sont les commandes,
        présente toi, peux tu m'aider, j'ai besoin d'aide,
        tu es un bot, es-tu un bot, tu es un robot, tu es humain, j'ai une question,
        une question, puis je poser une question, quelqu'un peut m'aider,
        est ce que quelqu'un peut m'aider
        /
        tous, à tous, tout le monde, les amis, toi, bot, quoth, pour, ton, votre, l'aide, aide, la,
        réponse, beaucoup, très, vraiment, ça, c'est, s'il te plaît, encore, et""",
    "it": """
        ciao, salve, buongiorno, buon giorno, buonasera, buona sera, buonanotte, come stai, come va,
        come sta, arrivederci, a presto, a domani, c'è qualcuno, c'è qualcuno qui
        /
        grazie, grazie mille, molte grazie, tante grazie, ok, okay, va bene, perfetto, ottimo,
        bravo, fantastico, capito, prego, di niente, nessun problema, scusa, sì, no, certo, lol,
        haha
        /
        aiuto, aiutami, chi sei, che cosa sei, cosa sei, cosa puoi fare, che cosa puoi fare,
        cosa sai fare, come funzioni, come funziona questo bot, cosa posso chiederti, puoi aiutarmi,
        sei un bot, sei un robot, sei umano
        /
        a tutti, tutti, ragazzi, bot, quoth, per, l'aiuto, la, risposta, tanto, molto, davvero,
        e""",
    "pt": """
        olá, oi, oie, alô, bom dia, boa tarde, boa noite, tudo bem, tudo bom, como vai, como está,
        como você está, e aí, tchau, até logo, até mais, até amanhã, tem alguém aí, alguém aqui
        /
        obrigado, obrigada, muito obrigado, muito obrigada, obg, valeu, vlw, ok, okay, legal, ótimo,
        perfeito, excelente, entendi, de nada, sem problema, desculpa, sim, não, claro, lol, kkk,
        haha, bom trabalho, ajudou, funcionou,
        beleza, show, show de bola
        /
        ajuda, me ajuda, socorro, quem é você, quem és tu, o que é você, o que você faz,
        o que você pode fazer, o que podes fazer, como você funciona, como funciona este bot,
        o que posso perguntar, pode me ajudar, preciso de ajuda
        /
        a todos, todos, pessoal, gente, galera, bot, quoth, pela, ajuda, resposta, muito, e""",
    "nl": """
        hallo, hoi, hey, hi, dag, goedemorgen, goedemiddag, goedenavond, goedendag, goede morgen,
        welterusten, hoe gaat het, hoe gaat het met je, hoe is het, doei, tot ziens, tot straks,
        is er iemand, is hier iemand
        /
        bedankt, dank je, dank je wel, dankjewel, dank u, dank u wel, dankuwel, merci, ok, oké,
        okay, top, leuk, mooi, prima, perfect, super, geweldig, goed gedaan, begrepen, snap ik,
        graag gedaan, geen probleem, sorry, ja, nee, precies, lol, haha
        /
        help, help me, hulp, wie ben je, wie ben jij, wat ben je, wat kan je, wat kun je,
        wat kun je doen, wat doe je, hoe werk je, hoe werkt deze bot, wat kan ik vragen,
        kun je me helpen
        /
        allemaal, iedereen, mensen, bot, quoth, voor, de, je, hulp, het, heel, erg, veel, en""",
    "sv": """
        hej, hejsan, hallå, tja, tjena, god morgon, god dag, god kväll, godmorgon, godnatt,
        god natt, hur mår du, hur är läget, hej då, hejdå, vi ses, är någon här, någon här
        /
        tack, tack så mycket, tusen tack, tackar, ok, okej, bra, toppen, perfekt, kanon, snyggt,
        bra jobbat, förstår, varsågod, inga problem, förlåt, ja, nej, precis, lol, haha
        /
        hjälp, hjälp mig, vem är du, vad är du, vad kan du, vad kan du göra, vad gör du,
        hur fungerar du, hur funkar du, vad kan jag fråga, kan du hjälpa mig
        /
        alla, allihopa, på er, bot, quoth, för, hjälpen, svaret, det, så, mycket, jätte, och, då""",
    "da": """
        hej, hejsan, hallo, dav, godmorgen, god morgen, goddag, god aften, godaften, godnat,
        hvordan går det, hvordan har du det, farvel, vi ses, er her nogen, er der nogen
        /
        tak, mange tak, tusind tak, tak skal du have, ok, okay, fedt, super, perfekt, godt,
        godt gået, forstået, selv tak, det var så lidt, undskyld, ja, nej, lol, haha
        /
        hjælp, hjælp mig, hvem er du, hvad er du, hvad kan du, hvad gør du, hvordan virker du,
        hvad kan jeg spørge om, kan du hjælpe mig
        /
        alle, allesammen, bot, quoth, for, hjælpen, svaret, det, så, meget, og""",
    "no": """
        hei, heisann, hallo, god morgen, god dag, god kveld, god natt, hvordan går det,
        hvordan har du det, ha det, vi ses, er det noen her
        /
        takk, tusen takk, mange takk, takk skal du ha, ok, okei, flott, supert, perfekt, bra,
        bra jobba, forstått, skjønner, vær så god, bare hyggelig, beklager, ja, nei, lol, haha
        /
        hjelp, hjelp meg, hvem er du, hva er du, hva kan du, hva kan du gjøre, hva gjør du,
        hvordan virker du, hva kan jeg spørre om, kan du hjelpe meg
        /
        alle, alle sammen, bot, quoth, for, hjelpen, svaret, det, så, mye, og""",
    "fi": """
        hei, moi, moikka, terve, päivää, huomenta, hyvää huomenta, hyvää päivää, hyvää iltaa,
        hyvää yötä, mitä kuuluu, miten menee, heippa, näkemiin, nähdään, onko täällä ketään
        /
        kiitos, kiitti, kiitoksia, paljon kiitoksia, ok, okei, hyvä, hienoa, mahtavaa, loistavaa,
        selvä, ymmärrän, ole hyvä, ei kestä, anteeksi, joo, kyllä, ei, lol, haha
        /
        apua, auta, auta minua, kuka olet, kuka sinä olet, mikä olet, mitä osaat, mitä teet,
        miten toimit, mitä voin kysyä, voitko auttaa
        /
        kaikille, kaikki, bot, quoth, avusta, vastauksesta, paljon, se, tosi, ja""",
    "pl": """
        cześć, hej, siema, witam, witaj, dzień dobry, dobry wieczór, dobranoc, jak się masz,
        co słychać, jak leci, pa, do widzenia, na razie, jest tu ktoś
        /
        dziękuję, dzięki, wielkie dzięki, dziękuję bardzo, ok, okej, super, świetnie, fajnie,
        dobrze, doskonale, dobra robota, rozumiem, jasne, proszę, nie ma sprawy, przepraszam, tak,
        nie, lol, haha,
        dzięki wielkie, wielkie dzięki, dobra dzięki
        /
        pomoc, pomocy, pomóż mi, kim jesteś, czym jesteś, co potrafisz, co umiesz, co możesz zrobić,
        jak działasz, o co mogę zapytać, możesz mi pomóc
        /
        wszystkim, wszyscy, bot, quoth, za, pomoc, odpowiedź, bardzo, to, i""",
    "cs": """
        ahoj, čau, nazdar, dobrý den, dobré ráno, dobrý večer, dobrou noc, jak se máš, jak to jde,
        na shledanou, nashle, je tu někdo
        /
        děkuji, děkuju, díky, dík, moc děkuji, ok, super, skvělé, výborně, dobře, chápu, jasně,
        prosím, není zač, promiň, ano, jo, ne, lol, haha
        /
        pomoc, pomoz mi, kdo jsi, co jsi, co umíš, co děláš, jak funguješ, na co se mohu zeptat,
        můžeš mi pomoct
        /
        všem, všichni, bot, quoth, za, pomoc, odpověď, moc, to, a""",
    "hu": """
        szia, sziasztok, helló, hello, üdv, jó reggelt, jó napot, jó estét, jó éjszakát, hogy vagy,
        mi újság, viszlát, van itt valaki
        /
        köszönöm, köszi, kösz, köszönöm szépen, ok, oké, szuper, remek, jó, értem, szívesen,
        nincs mit, bocsánat, igen, nem, lol, haha,
        köszi szépen, köszönöm szépen
        /
        segítség, segíts, ki vagy, ki vagy te, mi vagy, mit tudsz, mit csinálsz, hogyan működsz,
        mit kérdezhetek, tudsz segíteni
        /
        mindenkinek, mindenki, bot, quoth, a, segítséget, választ, nagyon, ez""",
    "ro": """
        salut, bună, bună ziua, bună dimineața, bună seara, noapte bună, ce faci, ce mai faci,
        la revedere, pa, e cineva aici
        /
        mulțumesc, mersi, mulțumesc mult, ok, bine, super, grozav, perfect, înțeleg, am înțeles,
        cu plăcere, scuze, da, nu, lol, haha
        /
        ajutor, ajută mă, cine ești, ce ești, ce poți face, ce poți să faci, ce faci tu,
        cum funcționezi, ce pot să întreb, mă poți ajuta
        /
        tuturor, toți, bot, quoth, pentru, ajutor, răspuns, mult, foarte, și""",
    "tr": """
        merhaba, selam, selamlar, günaydın, iyi günler, iyi akşamlar, iyi geceler, nasılsın,
        nasılsınız, naber, ne haber, hoşça kal, görüşürüz, kimse var mı, burada kimse var mı
        /
        teşekkürler, teşekkür ederim, çok teşekkürler, sağ ol, sağol, eyvallah, ok, tamam, süper,
        harika, güzel, mükemmel, anladım, rica ederim, bir şey değil, özür dilerim, evet, hayır,
        lol, haha
        /
        yardım, yardım et, bana yardım et, kimsin, sen kimsin, nesin, ne yapabilirsin,
        neler yapabilirsin, ne yapıyorsun, nasıl çalışıyorsun, ne sorabilirim, yardım edebilir misin
        /
        herkese, millet, arkadaşlar, bot, quoth, çok, için, yardım, cevap""",
    "el": """
        γεια, γεια σου, γεια σας, καλημέρα, καλησπέρα, καληνύχτα, τι κάνεις, πώς είσαι, αντίο,
        είναι κανείς εδώ
        /
        ευχαριστώ, ευχαριστώ πολύ, σε ευχαριστώ, οκ, εντάξει, τέλεια, ωραία, μπράβο, κατάλαβα,
        παρακαλώ, συγγνώμη, ναι, όχι
        /
        βοήθεια, βοήθησέ με, ποιος είσαι, τι είσαι, τι μπορείς να κάνεις, τι κάνεις εσύ,
        πώς λειτουργείς, μπορείς να με βοηθήσεις
        /
        όλους, σε όλους, bot, quoth, για, την, τη, βοήθεια, απάντηση, πολύ""",
    "ru": """
        привет, приветик, здравствуй, здравствуйте, доброе утро, добрый день, добрый вечер,
        спокойной ночи, доброй ночи, хай, как дела, как ты, как поживаешь, что нового, пока,
        до свидания, до встречи, есть кто, есть тут кто, кто нибудь здесь
        /
        спасибо, спс, пасиб, спасибо большое, большое спасибо, огромное спасибо, благодарю, ок,
        окей, хорошо, отлично, супер, круто, класс, прекрасно, молодец, понятно, понял, поняла,
        ясно, пожалуйста, не за что, извини, да, нет, ага, лол, хаха, ахах, помогло, работает
        /
        помощь, помоги, помогите, помоги мне, кто ты, ты кто, что ты такое, что ты умеешь,
        что ты можешь, что ты делаешь, что умеешь, как ты работаешь, как тобой пользоваться,
        как пользоваться ботом, о чем можно спросить, можешь помочь, можешь мне помочь,
        ты бот, ты человек, ты робот
        /
        всем, все, ребята, друзья, бот, quoth, за, помощь, ответ, очень, это, тебе, вам, и, ты""",
    "uk": """
        привіт, вітаю, добрий день, доброго дня, доброго ранку, добрий вечір, на добраніч,
        як справи, бувай, до побачення, є хто
        /
        дякую, дуже дякую, щиро дякую, спасибі, ок, добре, чудово, супер, класно, молодець,
        зрозуміло, будь ласка, нема за що, вибач, так, ні
        /
        допомога, допоможи, допоможіть, хто ти, ти хто, що ти вмієш, що ти можеш, що ти робиш,
        як ти працюєш, про що можна запитати, можеш допомогти
        /
        усім, всім, друзі, бот, quoth, за, допомогу, відповідь, дуже, це, і""",
    "bg": """
        здравей, здравейте, здрасти, добро утро, добър ден, добър вечер, лека нощ, как си,
        какво става, довиждане, чао, има ли някой
        /
        благодаря, много благодаря, мерси, ок, добре, чудесно, супер, браво, разбрах, моля,
        няма защо, извинявай, да, не
        /
        помощ, помогни, кой си ти, какво си ти, какво можеш, какво правиш, как работиш, команди,
        можеш ли да ми помогнеш
        /
        на всички, всички, бот, quoth, за, помощта, отговора, много, и""",
    "hr": """
        bok, pozdrav, zdravo, ćao, dobro jutro, dobar dan, dobra večer, laku noć, kako si, što ima,
        doviđenja, ima li koga
        /
        hvala, hvala puno, puno hvala, hvala lijepa, ok, u redu, super, odlično, dobro, razumijem,
        molim, nema na čemu, oprosti, da, ne, lol, haha
        /
        pomoć, pomozi, pomozi mi, tko si, tko si ti, što si, što možeš, što radiš, kako radiš,
        možeš li mi pomoći
        /
        svima, svi, bot, quoth, na, pomoći, odgovoru, puno, jako, i""",
    "ca": """
        hola, bon dia, bona tarda, bona nit, bones, com estàs, com va, què tal, adéu, fins aviat,
        hi ha algú
        /
        gràcies, moltes gràcies, mercès, ok, d'acord, genial, perfecte, molt bé, entesos, de res,
        perdó, sí, no, lol, haha
        /
        ajuda, ajuda'm, qui ets, què ets, què pots fer, què fas, com funciones, què puc preguntar,
        em pots ajudar
        /
        a tothom, tothom, bot, quoth, per, l'ajuda, la, resposta, molt, i""",
    "id": """
        halo, hai, hey, selamat pagi, selamat siang, selamat sore, selamat malam, pagi, apa kabar,
        sampai jumpa, ada orang di sini
        /
        terima kasih, terima kasih banyak, makasih, trims, ok, oke, baik, bagus, keren, mantap,
        mengerti, sama sama, maaf, ya, tidak, lol, haha, wkwk
        /
        bantuan, tolong, bantu saya, siapa kamu, kamu siapa, apa yang bisa kamu lakukan,
        kamu bisa apa, bagaimana cara kerjamu, bisa bantu saya
        /
        semua, semuanya, teman teman, bot, quoth, atas, bantuannya, jawabannya, banyak""",
    "vi": """
        chào, xin chào, chào bạn, chào buổi sáng, chào mọi người, bạn khỏe không, tạm biệt,
        có ai không, có ai ở đây không
        /
        cảm ơn, cám ơn, cảm ơn bạn, cảm ơn nhiều, ok, được, tốt, tuyệt, tuyệt vời, hay quá, hiểu,
        không có gì, xin lỗi, vâng, có, không
        /
        giúp, giúp tôi, trợ giúp, bạn là ai, bạn là gì, bạn làm được gì, bạn có thể làm gì,
        bạn hoạt động như thế nào, bạn có thể giúp tôi không
        /
        mọi người, bạn, bot, quoth, rất, nhiều, vì, đã""",
    "zh": """
        你好, 您好, 嗨, 哈喽, 哈囉, 大家好, 早, 早上好, 早安, 下午好, 晚上好, 晚安, 你好吗, 你好嗎,
        最近怎么样, 再见, 再見, 拜拜, 有人吗, 有人嗎, 在吗, 在嗎
        /
        谢谢, 謝謝, 多谢, 多謝, 感谢, 感謝, 谢了, 好的, 好, 太好了, 很好, 不错, 棒, 厉害, 明白了,
        明白, 知道了, 懂了, 不客气, 没关系, 没问题, 对不起, 抱歉, 是, 是的, 不, 不是, 哈哈, 嗯
        /
        帮助, 幫助, 帮我, 帮帮我, 你是谁, 你是誰, 你是什么, 你能做什么, 你可以做什么, 你会什么,
        你会做什么, 你能幹什麼, 你怎么用, 怎么用你, 我可以问什么, 能帮我吗
        /
        你, 您, 啊, 呀, 吧, 了, 的, 大家, 各位, 非常, 太, 很, 机器人, 機器人, 呢, 哦""",
    "ja": """
        こんにちは, こんばんは, おはよう, おはようございます, おやすみ, おやすみなさい,
        はじめまして, やあ, もしもし, 元気, 元気ですか, お元気ですか, さようなら, またね, バイバイ,
        ハロー, 誰かいますか
        /
        ありがとう, ありがとうございます, ありがとうございました, どうも, サンキュー, 感謝, 了解,
        了解です, わかりました, わかった, なるほど, すごい, いいね, 最高, 素晴らしい, 助かりました,
        どういたしまして, すみません, ごめん, ごめんなさい, はい, いいえ, うん, ええ, オッケー
        /
        ヘルプ, 助けて, 手伝って, あなたは誰, あなたは誰ですか, 誰ですか, あなたは何,
        あなたは何ですか, 何ができますか, 何ができるの, 何ができる, 使い方, 使い方を教えて,
        どうやって使うの, 自己紹介して, 何を聞けますか
        /
        皆さん, みなさん, みんな, 本当に, どうも, とても, ね, よ, です, ボット, さん""",
    "ko": """
        안녕, 안녕하세요, 안녕하십니까, 하이, 헬로, 좋은 아침, 좋은 아침이에요, 잘 자, 잘 지내,
        잘 지내세요, 어떻게 지내, 안녕히 계세요, 안녕히 가세요, 잘가, 누구 있어요, 누구 있나요
        /
        고마워, 고마워요, 고맙습니다, 감사합니다, 감사해요, 감사, 땡큐, 네, 예, 응, 아니요, 아니,
        좋아, 좋아요, 좋네요, 최고, 대박, 굿, 오케이, 알겠습니다, 알겠어요, 알았어, 천만에요, 미안,
        미안해요, 죄송합니다, ㅋㅋ, ㅎㅎ
        /
        도움, 도움말, 도와줘, 도와주세요, 누구세요, 누구야, 넌 누구야, 너는 누구야,
        당신은 누구입니까, 뭐 할 수 있어, 무엇을 할 수 있어, 무엇을 할 수 있나요, 뭘 할 수 있어,
        어떻게 사용해, 사용법, 자기소개 해줘
        /
        여러분, 모두, 정말, 너무, 진짜, 봇, 많이, 대단히""",
    "ar": """
        مرحبا, أهلا, أهلا وسهلا, السلام عليكم, صباح الخير, مساء الخير, تصبح على خير, كيف حالك,
        كيف الحال, وداعا, مع السلامة, هل من أحد هنا, هل يوجد أحد
        /
        شكرا, شكرا جزيلا, شكرا لك, شكرا كثيرا, تسلم, حسنا, تمام, ممتاز, رائع, جيد, فهمت, عفوا,
        لا شكر على واجب, آسف, نعم, لا
        /
        مساعدة, المساعدة, ساعدني, من أنت, ما أنت, ماذا يمكنك أن تفعل, ماذا تفعل, ماذا تستطيع,
        كيف تعمل, كيف أستخدمك, هل يمكنك مساعدتي
        /
        جميعا, للجميع, يا, بوت, على, المساعدة, الإجابة, جدا, كثيرا""",
    "fa": """
        سلام, درود, صبح بخیر, عصر بخیر, شب بخیر, حالت چطوره, چطوری, خوبی, خداحافظ, کسی هست
        /
        ممنون, مرسی, خیلی ممنون, متشکرم, سپاس, باشه, عالی, خوب, فهمیدم, خواهش می کنم, ببخشید, بله,
        نه
        /
        کمک, کمکم کن, کی هستی, تو کی هستی, چی هستی, چه کاری می توانی بکنی, چیکار می کنی,
        چطور کار می کنی, می توانی کمکم کنی
        /
        به همه, همه, بات, از, کمک, پاسخ, خیلی, بسیار""",
    "he": """
        שלום, היי, הי, אהלן, בוקר טוב, צהריים טובים, ערב טוב, לילה טוב, מה שלומך, מה נשמע, מה קורה,
        להתראות, ביי, יש כאן מישהו
        /
        תודה, תודה רבה, המון תודה, אוקיי, בסדר, סבבה, מעולה, מצוין, יופי, הבנתי, בבקשה, אין בעיה,
        סליחה, כן, לא, חחח
        /
        עזרה, עזור לי, תעזור לי, מי אתה, מה אתה, מה אתה יכול לעשות, מה אתה יודע לעשות, מה אתה עושה,
        איך אתה עובד, אתה יכול לעזור לי
        /
        לכולם, כולם, בוט, על, העזרה, התשובה, מאוד""",
    "hi": """
        नमस्ते, नमस्कार, हेलो, हैलो, हाय, सुप्रभात, शुभ रात्रि, कैसे हो, कैसे हैं, आप कैसे हैं, क्या हाल है, अलविदा,
        कोई है
        /
        धन्यवाद, शुक्रिया, बहुत धन्यवाद, बहुत बहुत धन्यवाद, थैंक्स, ठीक है, ठीक, अच्छा, बहुत अच्छा, बढ़िया, समझ गया,
        माफ़ कीजिए, हाँ, नहीं
        /
        मदद, मेरी मदद करो, सहायता, तुम कौन हो, आप कौन हैं, आप क्या हैं, तुम क्या कर सकते हो, आप क्या कर सकते हैं,
        तुम कैसे काम करते हो, क्या आप मेरी मदद कर सकते हैं
        /
        सबको, सभी, दोस्तों, बॉट, के, लिए, मदद, उत्तर, बहुत""",
    "th": """
        สวัสดี, สวัสดีครับ, สวัสดีค่ะ, หวัดดี, อรุณสวัสดิ์, ราตรีสวัสดิ์, สบายดีไหม, เป็นไงบ้าง, ลาก่อน, มีใครอยู่ไหม
        /
        ขอบคุณ, ขอบคุณครับ, ขอบคุณค่ะ, ขอบคุณมาก, ขอบใจ, โอเค, ดี, ดีมาก, เยี่ยม, สุดยอด, เข้าใจแล้ว, ไม่เป็นไร,
        ขอโทษ, ใช่, ไม่, ฮ่าๆ
        /
        ช่วยด้วย, ช่วยฉันด้วย, ช่วยหน่อย, คุณคือใคร, คุณเป็นใคร, คุณคืออะไร, คุณทำอะไรได้บ้าง, ทำอะไรได้บ้าง,
        คุณทำงานอย่างไร, ใช้งานอย่างไร
        /
        ครับ, ค่ะ, คะ, นะ, มาก, มากๆ, ทุกคน, บอท""",
}

# Recognized whatever language the articles are in.
COMMON_PHRASES = """
    hello, hi, hey, hallo, moin, servus, hola, bonjour, bonsoir, salut, ciao, olá, привет,
    здравствуйте, 你好, こんにちは, 안녕하세요, مرحبا, namaste, aloha, shalom
    /
    thanks, thank you, thx, ty, ok, lol, danke, gracias, merci, grazie, obrigado, спасибо, 谢谢,
    ありがとう, 감사합니다, شكرا
    /
    help
    /
    bot, quoth"""
