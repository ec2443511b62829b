"""Phrases around a question, such as greetings, as alternatives of regular expressions.

What people say instead of a question is in ``small_talk``.
"""

GREETINGS = r"""hi|hello|hey|heya|hiya|yo|good (?:morning|afternoon|evening|day)
    |hallo|hallöchen|hai|moin|moinsen|servus|grüezi|gr(?:ü|ue)(?:ß|ss) (?:gott|dich|euch)
    |guten (?:morgen|tag|abend)|tag(?= ?[,!]| zusammen| allerseits)|nabend
    |hola|buenas(?: tardes| noches)?|buenos d[ií]as|bonjour|bonsoir|salut|ciao|buongiorno
    |ol[áa]|bom dia|boa (?:tarde|noite)|hoi|goedemorgen|cze[śs][ćc]|hej|привет|здравствуйте"""
ADJECTIVES = "right|cool|great|nice|well|gut|bueno|bien"  # as an interjection: "great, thanks"
INTERJECTIONS = rf"""ok|okay|k|alright|oh|ah|hmm?|ups|{ADJECTIVES}
    |sorry|sry|excuse me|entschuldigung|vale"""
ADDRESSEES = r"""all|everyone|everybody|guys|folks|people|there|team|friends|again
    |leute|zusammen|alle|ihr(?: lieben)?|allerseits|miteinander|an alle|nochmal
    |a todos|chicos|à tous|tout le monde|a tutti|pessoal|allemaal|всем"""
CONJUNCTIONS = "aber|also|and|but|so|und"
DISCOURSE_MARKERS = r"""so|also|then|next|btw|second(?:ly)?|first(?:ly)?|if so|if yes|if not
    |auch|dann|außerdem|también|luego|aussi|ensuite|anche|poi|também|depois
    |также|ещё|еще|потом|därefter|också"""
ANNOUNCEMENTS = r"""
    (?:(?:i(?:['’]ve| have)?(?: got)?|got) )?(?:just )?(?:an?|one|another)? ?
    (?:quick |short |small |stupid |silly |dumb |noob |general )*questions?
    |(?:please |pls |plz )?help(?: me| us)?(?: please| pls)?
    |(?:(?:ich )?(?:habe?|hätte) (?:da )?(?:mal )?)?(?:(?:mal |nur |noch )*(?:eine|ne) )?
    (?:kurze |kleine |blöde |dumme )?frage
    |(?:ich )?brauche?(?: mal| eure)? hilfe|kann mir (?:jemand|wer|einer) helfen|hilfe
    |(?:tengo )?una (?:pregunta|duda)|(?:j['’]ai )?une question|ho una domanda
    |tenho uma (?:pergunta|dúvida)"""
REQUESTS = r"""
    (?:can|could|would|will) (?:you|u|someone|somebody|anyone|anybody)(?: guys)?
    (?: please| pls| maybe| quickly)? (?:tell|explain|show)(?: (?:me|us))?(?: to me)?
    |(?:please |pls )?(?:tell|explain|show) (?:me|us)
    |(?:do(?:es)? )?(?:you|u|we|any(?:one|body)|some(?:one|body))(?: guys| here)? know
    |(?:(?:does |has )?any(?:one|body)(?: here)? )?(?:have |got )?(?:any |an )?(?:idea|clue)
    |(?:i|we)(?: just)?(?: want|['’]d like| would like| wanted| need) to (?:know|ask)
    |(?:i(?:['’]m| am| was) )?(?:just )?wondering
    |(?:kann(?:st)?|könn(?:en|te?))(?: mir| uns| ihr| du| sie)*(?: jemand| wer| einer)?
    (?: mir| uns)?(?: bitte| mal| vielleicht| kurz)* (?:sagen|erklären|zeigen|verraten)
    |wei(?:ß|ss|s)t?(?: hier)?(?: jemand| einer| wer| ihr| du)(?: hier| vielleicht| zufällig)?
    |ha(?:t|bt|st)(?: hier)?(?: jemand| einer| wer| ihr| du)(?: vielleicht)?
    (?: n| ne| eine| irgendeine)? (?:ahnung|idee|plan)
    |(?:(?:ich|wir) )?(?:würden?|möchten?|wollten?|will|wollen)(?: gerne?| mal| nur)*
    (?: wissen| fragen)|ich frage? mich
    |qui(?:ero|siera) saber|alguien sabe|me pueden decir|je voudrais savoir
    |(?:est-ce que )?quelqu['’]un sait|qualcuno sa|alguém sabe|weet iemand|ktoś wie
    |кто-нибудь знает"""
PLEASE = r"""please|pls|plz|bitte|por favor|s['’]il (?:te|vous) pla[iî]t|svp|stp
    |per favore|per piacere|alsjeblieft|пожалуйста"""
THANKS = r"""
    (?:many )?thanks|thank (?:you|u)|thankyou|thx|thnx|tnx|ty|tysm|cheers|much appreciated
    |danke(?:schön)?|(?:vielen(?: lieben)?|besten|herzlichen|lieben|tausend) dank
    |(?:muchas |mil )?gracias|merci|grazie(?: mille)?|obrigad[oa]|bedankt|dank je|dzięki|спасибо"""
CLOSINGS = r"""
    (?:please |pls |plz )help(?: me)?|help(?: me)? (?:please|pls|plz)
    |any help(?: is| would be)? appreciated
    |hilfe bitte|bitte um hilfe|bitte helft mir
    |(?:lg|mfg|vg|(?:liebe |viele |beste )?gr(?:ü|ue)(?:ß|ss)e)(?: \w+)?"""
AFTER_THANKS = r"""in advance|so much|a lot|a bunch|very much|all|everyone|guys|again
    |for (?:your|the|any) help|im voraus|schon ?mal|schon|sehr|euch|dir|leute
    |für (?:die|eure|deine) (?:hilfe|antwort)|de antemano|d['’]avance|in anticipo"""
