// Texts at which the parser of settings would end the process are found before it sees them, and
// nothing that is TOML is refused.

import Support
import Testing

@Suite struct TOMLSyntaxTests {
    @Test(arguments: [
        "[[", "[", "  [ ", "[.a]", "[=", "[#]", "[[,a]]", "[}", "[\t", "[é]", "[]", "[a", "[a]]x",
        "[[a]", "a", "a =", "a = ", "a = ]", "a = ,", "a = [", "a = [,]", "a = [1 2]", "a = [1,,2]",
        "a = {", "a = {b}", "a = {b = 1,}", "a = {,}", "= 1", ".a = 1", "a. = 1", "a..b = 1",
        "a = b", "a = tru", "a = +", "a = -", "a = \"x", "a = 'x", "a = \"\"\"x", "a = \"x\ny\"",
        "a = 1 b = 2", "a = 1 [", "\"\"\"a\"\"\" = 1", "a = \"\u{1}\"", "# \u{7F}", "a = 1\r",
        "a = @", "a = {b = [1, {c = ]}]}",
    ])
    func whatIsNoTOMLIsFoundAtItsLine(line: String) {
        #expect(TOMLSyntax.firstFault(in: line)?.line == 1)
        #expect(TOMLSyntax.firstFault(in: "[live]\na = '''\nx\n'''\n\(line)")?.line == 5)
    }

    @Test(arguments: [
        "[live]", "[[live]]", "[ live . scan ]", "[\"a b\"]", "['a']", "[1]", "[_a]", "[-]",
        "a = [\"x\"]", "# [", "\"\"=1", "a.\"b c\".'d' = 1", "a = '''\n[[\n'''\n[b]", "", "\n\r\n",
        "a = [\n  1, # one\n  [2, 3],\n]", "a = {b = {c = 'd'}, e = []}", "a = {}", "a = true",
        "a = +1_000", "a = -0.5e-3", "a = 0xFF", "a = 1979-05-27T07:32:00.5Z", "a = inf",
        "a = 1979-05-27 07:32:00", "a = 07:32:00", "a = \"\\\"\\\\\" # x",
        "a = \"\"\"\"x\"\"\"\"\"",
        "a = \"\"\"x \\\n   y\"\"\"", "a = '\"' # '", "a = \"é\u{2028}\"", "\ta = 1\t# x",
    ])
    func whatIsTOMLIsLeftToTheParser(text: String) {
        #expect(TOMLSyntax.firstFault(in: text) == nil)
    }

    /// What looks like the beginning of a long text and is none hides no header.
    @Test(arguments: [
        "# it's \"\"\"", "# '''", "a = \"'''\"", "a = '\"\"\"'", "a = \"\\\"\" # \"\"\"",
        "a = \"\"\"x\"\"\" # '''", "a = \"\"", "# \u{2028} '''", "a = \"\"\"\"x\"\"\"\"\"",
    ])
    func whatIsNoLongTextHidesNothing(line: String) {
        #expect(TOMLSyntax.firstFault(in: "\(line)\n[=]\n")?.line == 2)
    }

    @Test func deepNestingIsRefused() {
        let open = String(repeating: "[", count: 100_000)
        #expect(TOMLSyntax.firstFault(in: "a = \(open)")?.words == "values nested too deeply")
        let deep = String(repeating: "{a = ", count: 100_000)
        #expect(TOMLSyntax.firstFault(in: "a = \(deep)")?.words == "values nested too deeply")
        let names = String(repeating: "a.", count: 10_000) + "a"
        for text in ["\(names) = 1", "[\(names)]", "b = {\(names) = 1}"] {
            #expect(TOMLSyntax.firstFault(in: text)?.words == "a key of too many names")
        }
    }
}
