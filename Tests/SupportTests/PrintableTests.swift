// Text of others in what a person is to type.

import Support
import Testing

@Suite struct PrintableTests {
    @Test(arguments: [
        ("/tmp/a-b_c.1", "/tmp/a-b_c.1"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#), ("", "''"),
        ("$(x);", "'$(x);'"),
    ])
    func aWordForAShellIsOneWord(text: String, word: String) {
        #expect(Printable.shellWord(text) == word)
    }
}
