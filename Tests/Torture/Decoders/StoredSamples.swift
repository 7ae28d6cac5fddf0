// A plan, a report and the journal of a repair as the program writes them, each object on one line,
// and an index as git does.

extension WireSamples {
    static let plan = """
        {"schema":"aura.plan","schema_version":1,"tool_version":"0.1.0","ruleset_digest":"bb4c726be\
        736be9a6138810862f575dc9686d587412ebfdcfc7b0fdfdd3161bd","system":"live sync","made":"2026-\
        11-21T18:11:40.058Z","expires":"2026-11-21T18:26:40.058Z","state_digest":"ad70b7702e0135a72\
        6db01454e8e841c60d5581a1321ee7dcd34cab22dd73e7e","policy":{"allow_loss":[],"only":[],"unatt\
        ended":false,"yes":[]},"seen":{"answered":["agent"],"findings":[{"code":"agent.down","finge\
        rprint":"683525663e450b1f"}],"snapshots":{"agent":"854b5164adc76d8f18176844d8d57544c3093bef\
        084d04a009adae9498631763"}},"interrupted":[],"repairs":[{"clears":[],"codes":["agent.down"]\
        ,"fingerprints":["683525663e450b1f"],"fix":"safe","loss":{"names":[],"records":0},"steps":[\
        {"bucket":"agent","durable":false,"expected_ms":10000,"file_count":0,"loss":{"names":[],"re\
        cords":0},"number":1,"step":{"resumeAgent":{}},"title":"start the agent again if sync is on\
        ","touches":[],"undo":"none"}],"symptom":"the agent (pid 21272) is gone without a clean sto\
        p"}],"not_addressed":[]}
        """

    static let report = """
        {"schema":"aura.report","schema_version":1,"tool_version":"0.1.0","ruleset_digest":"bb4c726\
        be736be9a6138810862f575dc9686d587412ebfdcfc7b0fdfdd3161bd","system":"live sync","started":"\
        2026-11-21T18:12:00.651Z","duration_ms":89,"profile":"live","overall":"FAIL","overall_ok":f\
        alse,"next_step":"run aura live sync enable","checks":[{"check":"doctor","deadline_ms":2000\
        ,"detail":"32 repairs, the last repaired","duration_ms":47,"findings":[],"omitted_count":0,\
        "status":"ok","title":"doctor","witness":{"examined":33,"unit":"journals"}}],"not_run":[],"\
        findings":[{"code":"agent.down","confidence":"confirmed","data_at_stake":false,"evidence":[\
        {"kind":"count","label":"pid","scrub":"plain","value":480},{"kind":"flag","label":"alive","\
        scrub":"plain","value":false},{"kind":"time","label":"started_at","scrub":"plain","value":"\
        2026-11-21T18:12:00.332Z"},{"kind":"text","label":"executable","scrub":"path","value":"/opt\
        /aura"}],"explains":[],"fingerprint":"683525663e450b1f","first_seen":"2026-11-21T18:07:38.1\
        73Z","fix":"safe","impact":"saves are not pushed and nothing arrives until it runs again","\
        lossy":false,"meaning":"sync is on and its agent does not run","next_step":"run aura live s\
        ync enable","severity":"fail","subjects":[],"symptom":"the agent (pid 480) is gone without \
        a clean stop"}],"finding_count":1,"exit_code":1}
        """

    /// An index of git with three files and one that is only intended, in hexadecimal digits.
    static let index = """
        4449524300000003000000046b03f7081a3303fc6b03f7081a3303fc0000fe0000fa874b000081a40000000000\
        00000000000002d00491fd7e5bb6fa28c517a0bb32b8b506539d4d0004612e72730000000000006b03f72a0245\
        5e816b03f72a02455e810000fe0000faa1d0000081a4000000000000000000000002d00491fd7e5bb6fa28c517\
        a0bb32b8b506539d4d0006622f632e7273000000006b03f72a02455e816b03f72a02455e810000fe0000faa1d1\
        000081a40000000000000000000000020cfbf08886fca9a91cb753ec8734c84fcbe52c9f0006622f642e727300\
        000000000000000000000000000000000000000000000000000000000081a4000000000000000000000000e69d\
        e29bb2d1d6434b8b29ae775ad8c2e48c539140042000652e727300000000545245450000000d002d3120310a62\
        002d3120300a6cc68717b55e01e32e24c27811a4cd48687d6ec8
        """

    /// The run that ``journal`` is of.
    static let run = "20261121T181140Z-0a1b2c3d"

    /// The journal of a repair; each line names the digest of the one before it.
    static let journal = """
        {"schema":"aura.journal","schema_version":1,"run":"20261121T181140Z-0a1b2c3d","sequence":1,\
        "previous":"9a0f2bad7416eb598a867cc07c65e39fc0d84c27c765e98a0865640cdd086837","at":"2026-09\
        -21T14:13:20.000Z","event":{"begun":{"command":"aura doctor live","epoch":3,"plan":{"expire\
        s":"2026-11-21T18:26:40.058Z","interrupted":[],"made":"2026-11-21T18:11:40.058Z","not_addre\
        ssed":[],"policy":{"allow_loss":[],"only":[],"unattended":false,"yes":[]},"repairs":[{"clea\
        rs":[],"codes":["agent.down"],"fingerprints":["683525663e450b1f"],"fix":"safe","loss":{"nam\
        es":[],"records":0},"steps":[{"bucket":"agent","durable":false,"expected_ms":10000,"file_co\
        unt":0,"loss":{"names":[],"records":0},"number":1,"step":{"resumeAgent":{}},"title":"start \
        the agent again if sync is on","touches":[],"undo":"none"}],"symptom":"the agent (pid 21272\
        ) is gone without a clean stop"}],"ruleset_digest":"bb4c726be736be9a6138810862f575dc9686d58\
        7412ebfdcfc7b0fdfdd3161bd","schema":"aura.plan","schema_version":1,"seen":{"answered":["age\
        nt"],"findings":[{"code":"agent.down","fingerprint":"683525663e450b1f"}],"snapshots":{"agen\
        t":"854b5164adc76d8f18176844d8d57544c3093bef084d04a009adae9498631763"}},"state_digest":"ad7\
        0b7702e0135a726db01454e8e841c60d5581a1321ee7dcd34cab22dd73e7e","system":"live sync","tool_v\
        ersion":"0.1.0"},"process":{"bootID":"baeecd3f-2339-470c-9752-03498dea456e","executable":"/\
        opt/aura","pid":26678,"startTicks":4026168}}}}
        {"schema":"aura.journal","schema_version":1,"run":"20261121T181140Z-0a1b2c3d","sequence":2,\
        "previous":"6ab179514d795385463cdf2a1727b49338d548f2cedb0a60af5eb30049b0fc38","at":"2026-09\
        -21T14:13:20.000Z","event":{"predicted":{"buckets":[],"codes":["agent.down"]}}}
        {"schema":"aura.journal","schema_version":1,"run":"20261121T181140Z-0a1b2c3d","sequence":3,\
        "previous":"69d0eaa4f2eaa90631161912001d2c2c981cf0a315d071872800eef6562f56f8","at":"2026-09\
        -21T14:13:20.000Z","event":{"intended":{"step":1,"title":"start the agent","touched":[]}}}
        {"schema":"aura.journal","schema_version":1,"run":"20261121T181140Z-0a1b2c3d","sequence":4,\
        "previous":"379a04e9e544d9202818cbe87be497ce0f3bf8aeb85845278a570fd29b9400d4","at":"2026-09\
        -21T14:13:20.000Z","event":{"preserved":{"step":1}}}
        {"schema":"aura.journal","schema_version":1,"run":"20261121T181140Z-0a1b2c3d","sequence":5,\
        "previous":"b3a0c7e2a44954dfed8a4fc8c8d1dfe2fb2339fdb783c842576be255d328c06f","at":"2026-09\
        -21T14:13:20.000Z","event":{"done":{"marks":[],"step":1}}}
        {"schema":"aura.journal","schema_version":1,"run":"20261121T181140Z-0a1b2c3d","sequence":6,\
        "previous":"f111a6d6b073a3a73f1a84212b1ed9743c56f49d8835b0d16dc944a7dd6d1d80","at":"2026-09\
        -21T14:13:20.000Z","event":{"failed":{"reason":"is gone","step":2,"subject":"agent"}}}
        {"schema":"aura.journal","schema_version":1,"run":"20261121T181140Z-0a1b2c3d","sequence":7,\
        "previous":"899029713874bba9e6619a44c47415ce2a9834f6942f2bdd65f1508d21924634","at":"2026-09\
        -21T14:13:20.000Z","event":{"sealed":{"outcome":"repaired"}}}

        """
}
