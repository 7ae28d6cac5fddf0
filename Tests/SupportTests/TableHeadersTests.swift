// Lines at which the parser of settings would end the process are found before it sees them.

import Support
import Testing

@Suite struct TableHeadersTests {
    @Test(arguments: ["[[", "[", "  [ ", "[.a]", "[=", "[#]", "[[,a]]", "[}", "[\t", "[é]"])
    func aHeaderWithoutANameIsFound(line: String) {
        #expect(TableHeaders.firstNameless(in: "[live]\na = 1\n\(line)\nb = 2\n") == 3)
        #expect(TableHeaders.firstNameless(in: line) == 1)
    }

    @Test(arguments: [
        "[live]", "[[live]]", "[ live . scan ]", "[\"a b\"]", "['a']", "[1]", "[_a]", "[-]", "[]",
        "a = [", "a = [\"x\"]", "# [", "\"\"\"\n[\n\"\"\"", "a = '''\n[[\n'''\n[b]", "",
    ])
    func everythingElseIsLeftToTheParser(text: String) {
        #expect(TableHeaders.firstNameless(in: text) == nil)
    }

    @Test func afterATextOfSeveralLinesHeadersCountAgain() {
        #expect(TableHeaders.firstNameless(in: "a = \"\"\"x\n[\ny\"\"\"\n[\n") == 4)
    }

    /// What looks like the beginning of a long text and is none hides no header.
    @Test(arguments: [
        "# it's \"\"\"", "# '''", "a = \"'''\"", "a = '\"\"\"'", "a = \"\\\"\" # \"\"\"",
        "a = \"\"\"x\"\"\" # '''", "a = \"\"", "# \u{2028} '''", "a = \"\"\"\"x\"\"\"\"\"",
    ])
    func whatIsNoLongTextHidesNothing(line: String) {
        #expect(TableHeaders.firstNameless(in: "\(line)\n[=]\n") == 2)
    }

    @Test func aLongTextWithoutAnEndHidesNothingThatIsRead() {
        #expect(TableHeaders.firstNameless(in: "a = '''\n[\n") == nil)
        #expect(TableHeaders.firstNameless(in: "a = \"\\\n[\n") == nil)
    }
}
