// config.toml: what is read, and that a wrong line is named instead of being passed over.

import LiveProtocol
import Mothership
import Testing

@Suite struct ConfigurationTests {
    func failure(_ text: String) -> ConfigurationFailure? {
        do throws(ConfigurationFailure) {
            _ = try MothershipConfiguration.parse(text, file: "config.toml")
            return nil
        } catch { return error }
    }

    @Test func everyNamedSettingIsTakenAndTheOthersKeepTheirDefault() throws {
        let text = """
            [server]
            port = 0
            [limits]
            presence_window_seconds = 30
            [tokens]
            lifetime_seconds = 60
            """
        var expected = MothershipConfiguration()
        expected.port = 0
        expected.limits.presenceWindowSeconds = 30
        expected.tokenLifetime = .seconds(60)
        #expect(try MothershipConfiguration.parse(text, file: "config.toml") == expected)
        #expect(
            try MothershipConfiguration.parse("", file: "config.toml") == MothershipConfiguration())
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        let text: String
        let line: Int
        let says: String
        var testDescription: String { text }
    }

    @Test(arguments: [
        Wrong(text: "[limits]\n\nframe_byte = 1", line: 3, says: "limits.frame_byte"),
        Wrong(text: "[sever]\nport = 1", line: 2, says: "sever.port"),
        Wrong(text: "[server]\nport = 65536", line: 2, says: "0 to 65535"),
        Wrong(text: "[server]\nport = \"1\"", line: 2, says: "not a whole number"),
        Wrong(text: "[server]\nbind = \"0.0.0.0\"", line: 2, says: "not loopback"),
        Wrong(text: "[limits]\nframe_bytes = 65536", line: 2, says: "cannot carry"),
        Wrong(text: "[server]\nport = ", line: 2, says: "no TOML"),
    ])
    func aWrongLineIsNamed(_ wrong: Wrong) {
        let failure = failure(wrong.text)
        #expect(failure?.line == wrong.line)
        #expect(failure?.reason.contains(wrong.says) == true, "\(failure?.reason ?? "accepted")")
    }

    @Test func aMisspeltKeyIsToldItsNearest() {
        let failure = failure("[limits]\nframe_byte = 1")
        #expect(failure?.nextStep.contains("limits.frame_bytes") == true)
        #expect(failure?.subject == "config.toml:2")
    }

    @Test func cleartextBeyondLoopbackIsAChoice() {
        #expect(failure("[server]\nbind = \"0.0.0.0\"\nallow_cleartext = true") == nil)
        for address in ["127.0.0.1", "127.9.9.9", "::1", "localhost"] {
            #expect(failure("[server]\nbind = \"\(address)\"") == nil)
        }
    }
}
