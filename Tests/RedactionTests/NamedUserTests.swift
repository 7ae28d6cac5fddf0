// Names of people, devices and peers in words and places that other programs use for them.

import Testing

@Suite struct NamedUserTests {
    @Test(arguments: [
        Line("INFO push user_name=m.falk ok\n", gone: "m.falk", kept: ["INFO push user_name="]),
        Line("INFO push actor=m.falk\n", gone: "m.falk"),
        Line("INFO push principal=mfalk7 ok\n", gone: "mfalk7"),
        Line("INFO changed by user mfalk7\n", gone: "mfalk7", kept: ["changed by user "]),
        Line("ERROR no home for user 'mfalk'\n", gone: "mfalk", kept: ["no home for user '"]),
        Line("useradd: user 'mfalk' already exists\n", gone: "mfalk"),
        Line("su: (to root) mfalk on none\n", gone: "mfalk", kept: ["su: (to root) "]),
        Line("FATAL:  role \"mfalk\" does not exist\n", gone: "mfalk"),
        Line("+ git config user.name 'Mara Falk'\n", gone: "Mara", "Falk", kept: ["user.name '"]),
        Line("INFO stopped by user request\n", gone: "nothing", kept: ["by user request"]),
        Line("INFO waiting for user input\n", gone: "nothing", kept: ["for user input"]),
        Line("INFO actor=system ok\n", gone: "nothing", kept: ["actor=system ok"]),
        Line("INFO actor=auth::login ok\n", gone: "nothing", kept: ["actor=auth::login"]),
    ])
    func aUserIsAnnounced(line: Line) throws {
        try line.check()
    }

    @Test func anOldIDOfAPeerIsNoName() throws {
        let id = "QmcVvuKzca41bbR9fSYA44XP1cG7fRkCmD1mWbLpQ2rStU"
        for text in ["peer \(id) dialed\n", "peer_id=\(id)\n", "/p2p/\(id)\n"] {
            try Line(text, gone: "VvuKz", "1cG7fRk").check()
        }
        let short = "symbol QmRegister at 4\n"
        #expect(try Bench.redact(short) == short)
    }

    @Test(arguments: [
        Line("ok\n~mfalk/.ssh/id_rsa\n", gone: "mfalk", kept: ["/.ssh/id_rsa"]),
        Line("{\"device\":\"56a46056-c44c-65b6-0d1c-05e54bcdd4b9\"}\n", gone: "56a46056"),
        Line(
            "{\"request_id\":\"56a46056-c44c-65b6-0d1c-05e54bcdd4b9\"}\n", gone: "nothing",
            kept: ["56a46056-c44c-65b6-0d1c-05e54bcdd4b9"]),
    ])
    func aLineMayBeginWithAHomeAndADeviceHaveAUUID(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line(
            "dial failed: https://mfalk:foxDen77ab@oslo7.larch-x.fi: connection refused\n",
            gone: "mfalk", "foxDen77ab", "oslo7", "larch-x", kept: [": connection refused"]),
        Line("INFO replica @oslo7.larch-x.fi up\n", gone: "oslo7", "larch-x", kept: [" up"]),
    ])
    func aHostStandsBeforeTheColonOfASentence(line: Line) throws {
        try line.check()
    }

    @Test func aNameOfTwoWordsIsLearnedFromItsHome() throws {
        try Line(
            "cwd=/home/mara.falk/src\nINFO deploy key of mara.falk refused\n", gone: "mara.falk",
            kept: ["cwd=/home/", "INFO deploy key of ", " refused"]
        ).check()
        let ordinary = "open /home/app.data/x\nINFO app.data ok\n"
        #expect(try Bench.redact(ordinary).hasSuffix("INFO app.data ok\n"))
    }

    @Test(arguments: [
        Line(
            "tagger Mara Falk <mfalk@larch.dev> 1773200000 +0100\n", gone: "Mara", "mfalk",
            kept: ["tagger ", " 1773200000 +0100"]),
        Line("Welcome to GitLab, @mfalk!\n", gone: "mfalk", kept: ["Welcome to GitLab, @"]),
        Line("Logged in to github.com account mfalk (keyring)\n", gone: "mfalk"),
    ])
    func whatGitAndItsHostsSayOfSomebody(line: Line) throws {
        try line.check()
    }
}
