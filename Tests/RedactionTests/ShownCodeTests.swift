// Bodies of functions where tools, logs and texts of JSON show them, in languages that have few words in
// common.

import Testing

@Suite struct ShownCodeTests {
    @Test(arguments: [
        Line(
            "INFO sync: body=case Map.fetch(larchQz, :v) do {:ok, v} -> v * 31 :error -> nil end\n",
            gone: "Map.fetch", "larchQz", ":error"),
        Line(
            "level=warn body=for larchQz in alderQz larchQz.qty > 9 && throw(No(\"x\")) end n=4\n",
            gone: "larchQz", "alderQz", "throw"),
        Line("body=none n=3\n", gone: "nothing", kept: ["body=none n=3"]),
        Line("after: 3 retries\n", gone: "nothing", kept: ["after: 3 retries"]),
    ])
    func aBodyWithoutQuotesIsSeenByTwoSigns(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line(
            #"{"lines":["for _, l := range xs {","\tif l.Qz > 2 {","\t\treturn fmt.Errorf(\"too many\")","\t}","}"],"n":1}"#
                + "\n",
            gone: "too many", "range xs", "fmt", kept: ["\"n\":1"]),
        Line(
            #"{"lines":["for larchQz in xs where larchQz.qty > 6 {","  total += larchQz.price","}","return total"]}"#
                + "\n",
            gone: "larchQz", "return total"),
        Line(
            "{\"lines\":[\"scan tick\",\"peers = 3\"],\"n\":1}\n", gone: "nothing",
            kept: ["scan tick", "peers = 3"]),
    ])
    func linesOfAFunctionAreJudgedTogether(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line(
            "x.py:42:9: error:\n    |\n42  |   return self.larchQz[q] * (1 + self.rate / 54)\n",
            gone: "larchQz", kept: ["x.py:42:9: error:"]),
        Line(
            "PHP Parse error: unexpected token in src/x.php on line 42: foreach ($larchQz as $q) "
                + "{ q(); }\n",
            gone: "larchQz", kept: ["src/x.php on line 42: "]),
        Line(
            "WARN parse: ERROR node at 42:9 in src/x.py: `for l in larchQz.all(): if l > 7: "
                + "raise No(l)`\n",
            gone: "larchQz", kept: ["src/x.py: `"]),
        Line(
            "> /srv/x.py(42)run()\n-> for l in larchQz.all(): raise No(l)\n(Pdb) \n",
            gone: "larchQz", kept: ["/srv/x.py(42)run()"]),
        Line("7070  | main\n", gone: "nothing", kept: ["7070  | main"]),
        Line(
            "error: missing field: `name` on line 4: ignored\n", gone: "nothing",
            kept: ["`name` on line 4: ignored"]),
        Line("> quoted (2)\n-> see the manual\n", gone: "nothing", kept: ["-> see the manual"]),
    ])
    func sourceGoesThatAToolShows(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        #"{"md":"```\nlarchQz.each do |l|\n  raise No if l.qty > 8\nend\n```","n":1}"#,
        #"{"md":"```py\nfor l in larchQz.all():\n    go(l)\n```\nand so on","n":1}"#,
    ])
    func aFenceMayOpenATextOfJSON(text: String) throws {
        try Line(text + "\n", gone: "larchQz", "go(l)", kept: ["\"md\":\"", "\"n\":1"]).check()
    }

    @Test(arguments: [
        Line(
            "ERROR apply: larchQz := alderQz.Find(7); return larchQz == nil\n", gone: "larchQz",
            "alderQz", kept: ["ERROR apply: "]),
        Line(
            "E       AssertionError: assert 'for _, l := range larchQz { if l.N > 5 { return No(l) } }'\n",
            gone: "larchQz", kept: ["AssertionError: assert '"]),
        Line(
            "INFO sync: took=3ms peers=4, will return to idle\n", gone: "nothing",
            kept: ["took=3ms peers=4, will return to idle"]),
    ])
    func codeBeforeItsFirstTellingWordGoesToo(line: Line) throws {
        try line.check()
    }

    @Test(arguments: ["body_text", "newBodyText", "function_source", "fn_code"])
    func aTextOfABodyIsOne(name: String) throws {
        try Line("{\"\(name)\":\"larchQz * 2\",\"n\":1}\n", gone: "larchQz", kept: ["\"n\":1"])
            .check()
    }
}
