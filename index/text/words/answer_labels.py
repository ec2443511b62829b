"""Labels of the answer to the problem above them ("Solution:"), for verbose expressions."""

ANSWER_LABELS = r"""(?:(?:possible|proposed|quick|the)\s)?
    (?:answer|solution|fix|workaround|resolution|remedy|explanation|cause|reason)s?
    |(?:(?:mögliche|die)\s)?(?:antwort|lösung|abhilfe|behebung|ursache|erklärung|grund)(?:en)?
    |(?:posibles?\s)?(?:respuesta|soluci[oó]n|causa|explicaci[oó]n)(?:e?s)?
    |r[eé]ponses?|solutions?|causes?|explications?|risposta|soluzione|causa|spiegazione
    |resposta|solu[çc][ãa]o|explica[çc][ãa]o|antwoord|oplossing|oorzaak|rozwiązanie|odpowiedź
    |ответ|решение|причина|відповідь|рішення|解答|回答|解决方法|解决方案|原因|解決策"""
