# tlsgatectl letters, on the lines that a real httpd writes: who gets a letter and who does not, what it
# says, that the command in it opens the page for tests of the host that was called, and that the next
# letters are only about what is new.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use Test::More;
use TlsGate::Client qw(ask connect_to);
use TlsGate::Ctl;
use TlsGate::Httpd;
use TlsGate::Letters qw(letters mails);

my $h = TlsGate::Httpd->new(
    clock => '2018-07-01T00:00:00Z',
    conf  => <<'CONF',
Listen @tls@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
    TlsGateTrial     2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-21T14:00Z
    TlsGateTrial     2018-07-20T18:30Z/PT20M
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateRefuse    2018-11-01T00:00Z
    TlsGateInfo      https://developer.example.com/tls
</TlsGateSchedule>
<TlsGateSchedule secret>
    TlsGateDeprecate cipher=CBC
    TlsGateAnnounce  2018-12-01T00:00Z
    TlsGateCutoff    2019-12-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule looked>
    TlsGateDeprecate kx=DHE
    TlsGateTrial     2018-07-15T00:00Z/PT1H
    TlsGateCutoff    2018-12-01T00:00Z
</TlsGateSchedule>
TlsGateState $DIR/state/state.json
TlsGateLog logs/tlsgate.ndjson
TlsGateIdentity header:X-Account
TlsGateAdvice "Start it with -Dhttps.protocols=TLSv1.2" ua=Java
<VirtualHost *:@tls@>
    ServerName api.example.com
    ServerAlias *.example.net
    SSLEngine on
    TlsGate legacy secret
    <Location "/tls tests">
        SetHandler tlsgate-verify
    </Location>
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName modern.example.com
    SSLEngine on
    TlsGate secret
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName looked.example.com
    SSLEngine on
    TlsGate looked report-only
</VirtualHost>
CONF
);
mkdir $h->dir . '/state';
$h->start;
my ($log, $state) = ($h->dir . '/logs/tlsgate.ndjson', $h->dir . '/state/state.json');
my $lines = 0;

sub seen {
    my ($account, %o) = @_;
    my @headers = ('X-Account: ' . $account, 'User-Agent: ' . (delete $o{ua} // 'Java/1.7.0_80'));
    ask(port => $h->port, tls => 'TLSv1', sni => 'api.example.com', headers => \@headers, %o);
    $h->wait_sightings(++$lines);
    return;
}
my @all = ($log, '--state', $state);
my @mail = ('--addresses', 'list.csv', '--sender', 'Example API <api@example.com>');
$h->write_file('list.csv', "owner,client,address\nsales,acme,it\@acme.example\nsales,account:acme,dev\@acme.example\n,nomail,\n,tester,t\@example.org\n,quiet,q\@example.org\n,looked,l\@example.org\n");
sub write_to { my (@args) = @_; my $said = letters($h, @all, @mail, @args); return ($said, mails($h, $said->{out})) }

seen('acme') for 1 .. 3;
seen('bolt', ua => 'curl/7.29.0', tls => 'TLSv1.1');
seen('nomail');
seen('tester', path => '/tls%20tests');
seen('quiet', tls => 'TLSv1.2', ciphers => 'ECDHE-RSA-AES256-SHA', sni => 'modern.example.com');
seen('looked', tls => 'TLSv1.2', ciphers => 'DHE-RSA-AES256-GCM-SHA384', sni => 'looked.example.com');
ask(port => $h->port, tls => 'TLSv1', sni => 'api.example.com');
$h->wait_sightings(++$lines);
$h->set_clock('2018-07-10T09:05:00Z');
seen('acme', sni => 'eu.example.net', ua => 'Java/1.6.0_45');

# --- who gets one
my ($said, $acme, @more) = write_to();
is(scalar @more, 0, 'one mail: not to a tester, nor about what is not announced or only reported');
is_deeply($acme->{to}, [ 'it@acme.example', 'dev@acme.example' ], 'to both addresses of the account');
is($said->{status}, 1, 'somebody has no address');
like($said->{err}, qr/^tlsgatectl: 1 letter; 2 clients have no address, which --dry-run names$/m, 'which is said');
my $dry = letters($h, @all, '--addresses', 'list.csv', '--dry-run');
is($dry->{out}, <<'TEXT', 'who they are');
      1  letters
      2  clients without an address in the list
      1  clients that are known only by their network address
      2  clients of schedules that are not announced or reject nobody
without an address:
  account:bolt
  account:nomail
TEXT
is($dry->{status}, 1, 'as a finding');
is_deeply(JSON::PP->new->utf8->decode(letters($h, @all, '--addresses', 'list.csv', '--dry-run', '--json')->{out})->{without_address},
    [ 'account:bolt', 'account:nomail' ], 'also as JSON');

# --- what it says
is_deeply($acme->{defects}, [], 'the mail is right');
is_deeply($acme->{names}, [ 'Date', 'From', 'To', 'Subject', 'Message-ID', 'MIME-Version', 'Content-Type', 'Content-Transfer-Encoding' ], 'its headers');
like($acme->{date}, qr/^2018-07-10T09:\d\d:\d\d\+00:00$/, 'written at that time');
like($acme->{line}, qr/^api\@example\.com Tue Jul 10 09:\d\d:\d\d 2018$/, 'and its first line');
is_deeply($acme->{sender}, ['Example API'], 'who writes');
like($acme->{headers}{'message-id'}, qr/^<tlsgate\.[0-9a-f]{32}\@example\.com>$/, 'its id');
is($acme->{headers}{subject}, 'A program of acme needs a change: TLS 1.0 and 1.1', 'its subject');
is($acme->{type}, 'text/plain utf-8', 'its type');
like($acme->{body}, qr/^To test your program, let it open the address below: the answer says\nwhether it is ready\. The command as it is here tests only curl\.\n {4}curl /m, 'how to test');
my $port = $h->port;
for (
    [ 'how often and when', qr/^    requests  4, the first at Sun 1 Jul 2018, 00:\d\d(?::\d\d)? UTC,\n {14}the last at Tue 10 Jul 2018, 09:\d\d(?::\d\d)? UTC$/m ],
    [ 'the user agents', qr{^    program   Java/1\.6\.0_45\n {14}Java/1\.7\.0_80$}m ],
    [ 'the address', qr/^    from      127\.0\.0\.1$/m ],
    [ 'the hosts', qr/^    to        eu\.example\.net\n {14}api\.example\.com$/m ],
    [ 'the trial that goes on', qr/^    rejected in a trial: Tue 10 Jul 2018, 09:00 UTC to Tue 10 Jul 2018, 10:00 UTC$/m ],
    [ 'one between two of these', qr/^    rejected in a trial: Fri 20 Jul 2018, 18:30 UTC to Fri 20 Jul 2018, 18:50 UTC$/m ],
    [ 'the next one in a line', qr/^    rejected in a trial: every hour for 10 min, from Fri 20 Jul 2018, 14:00 UTC to Sat 21 Jul 2018, 14:00 UTC$/m ],
    [ 'the cutoff', qr/^    rejected for good: from Tue 7 Aug 2018, 08:40 UTC$/m ],
    [ 'the end', qr/^    refused in the TLS handshake: from Thu 1 Nov 2018, 00:00 UTC$/m ],
    [ 'the trial that met it', qr/^Trials that rejected requests of yours:\n    Tue 10 Jul 2018, 09:00 UTC to Tue 10 Jul 2018, 10:00 UTC, which is not over yet$/m ],
    [ 'the advice', qr/^What to do: Start it with -Dhttps\.protocols=TLSv1\.2$/m ],
    [ 'where to read more', qr{^Read more: https://developer\.example\.com/tls$}m ],
    [ 'how to test each host', qr{^    curl -sS https://eu\.example\.net:$port/tls%20tests\n    curl -sS https://api\.example\.com:$port/tls%20tests$}m ],
) { like($acme->{body}, $_->[1], "it says $_->[0]") }
is(scalar(() = $acme->{body} =~ /rejected in a trial/g), 3, 'each trial once');
unlike($acme->{body}, qr/secret|CBC|Probably|\{|\}/, 'and nothing of what is not announced, and no handshake');
my ($curl) = $acme->{body} =~ /^    (curl .*api\.example\.com.*)$/m;
is(JSON::PP->new->utf8->decode(scalar qx($curl -k --resolve api.example.com:$port:127.0.0.1))->{deprecated}, JSON::PP::false, 'the command opens the page for tests');

# --- times of the log, dates of the command line, the place of the page
(undef, $acme) = write_to('--until', '2018-07-10T09:00:00Z');
like($acme->{body}, qr/^    requests  3,/m, '--until');
unlike($acme->{body}, qr/^Trials that rejected/m, 'so that no trial met it, and that paragraph goes');
my @at = write_to('--at', '2019-01-01T00:00Z');
is_deeply([ map { $_->{to}[0] } @at[1 .. $#at] ], [ 'it@acme.example', 'l@example.org', 'q@example.org' ], '--at: whatever the plan says of them');
like($at[1]{body}, qr/^What happens when:\n    rejected for good: from Tue 1 Jan 2019, 00:00 UTC\n\n/m, 'from then');
(undef, $acme) = write_to('--test-path', '/t;x');
like($acme->{body}, qr{^    curl -sS 'https://api\.example\.com:$port/t;x'$}m, '--test-path, as a shell takes it');
$h->write_file('other', TlsGate::Httpd::slurp($log) =~ s/"domain": ?"\Keu\.example\.net/evil.example/r);
($acme) = mails($h, letters($h, 'other', '--state', $state, @mail, '--test-path', '/t')->{out});
is_deeply([ $acme->{body} =~ /^    (curl.*)$/mg ], ["curl -sS https://api.example.com:$port/t"], 'no command for a host that is none of ours');
$h->write_file('advice.conf', qq(TlsGateAdvice "Take Java 8" ua=Java\n));
(undef, $acme) = write_to('--advice', 'advice.conf');
like($acme->{body}, qr/^What to do: Take Java 8$/m, '--advice');

# --- what was changed by hand
sub exempt {
    my (@args) = @_;
    local %ENV = ($h->_environment);
    my $call = join ' ', TlsGate::Ctl::program(), '--state', $state, 'exempt', @args, qw(--reason agreed --yes);
    my $told = qx($call 2>&1);
    is($?, 0, "exempt $args[0]") or diag($told);
    return;
}
exempt(qw(add legacy account:acme --until 2018-08-20T00:00Z));
(undef, $acme) = write_to();
like($acme->{body}, qr/^What happens when:\n    rejected for good: from Mon 20 Aug 2018, 00:00 UTC\n/m, 'an exempt client is told its own date, and no trial before it');
exempt(qw(remove legacy account:acme));

# --- only what is new
unlink "$state.letters";
my @new = (@all, @mail, '--since-last', '--stamp', 'stamp.json');
$said = letters($h, @new);
like($said->{err}, qr/stamp\.json does not exist yet: this is the first run, so all clients are new/, 'the first time is said');
is(scalar(mails($h, $said->{out})), 1, 'and all is new');
my $stamp = JSON::PP->new->utf8->decode(TlsGate::Httpd::slurp($h->dir . '/stamp.json'));
like($stamp->{clients}{'account:acme'}, qr/^2018-07-10T09:/, 'the stamp has what was told');
is_deeply([ sort keys %{ $stamp->{clients} } ], ['account:acme'], 'of whom it was told');
is_deeply([ sort keys %{ $stamp->{schedules} } ], ['legacy'], 'and of which schedule');
$said = letters($h, @new);
is($said->{out}, '', 'the second time there is nothing new');
like($said->{err}, qr/^tlsgatectl: 0 letters; 2 clients have no address/m, 'but for those whom nobody told');
$h->write_file('list.csv', "client,address\nacme,it\@acme.example\nbolt,b\@example.org\nnomail,n\@example.org\nquiet,q\@example.org\n");
is_deeply([ map { @{ $_->{to} } } mails($h, letters($h, @new)->{out}) ], [ 'b@example.org', 'n@example.org' ], 'who has an address now is told');
$h->set_clock('2018-07-11T09:00:00Z');
seen('acme');
$said = letters($h, @new, '--dry-run');
like($said->{out}, qr/^      1  letters\n(?:.*\n)*      2  clients with nothing new since they were told$/m, 'one came again');
$said = letters($h, @new);
is($said->{status}, 0, 'after a dry run it is still new, and all who are to be told have an address');
($acme, @more) = mails($h, $said->{out});
like($acme->{body}, qr/the last at Wed 11 Jul 2018, 09:/, 'it is told of');
is(scalar @more, 0, 'nobody else');
ok(!-e "$state.letters", 'a stamp that is named is the only one');

# --- a letter that is lost leaves no stamp
for my $full ('mbox', 'csv') {
    $said = letters($h, @all, ($full eq 'csv' ? ('--format', 'csv') : @mail), '--stamp', 'full.json', '>/dev/full');
    is($said->{status}, 2, "$full: a full disk is an error");
    like($said->{err}, qr/cannot write to the standard output/, '... which is said');
    ok(!-e $h->dir . '/full.json', '... and leaves no stamp');
}
letters($h, @all, @mail, '--client', 'account:bolt', '--stamp', 'one.json');
my $of_one = JSON::PP->new->utf8->decode(TlsGate::Httpd::slurp($h->dir . '/one.json'));
is_deeply([ sort keys %{ $of_one->{clients} } ], ['account:bolt'], '--client: one letter');
is_deeply($of_one->{schedules}, {}, 'after which the others of its schedule are still to be told');
$said = letters($h, @all, @mail, '--stamp', 'none/stamp.json');
is($said->{status}, 2, 'a stamp that cannot be written is an error');
like($said->{err}, qr{none/stamp\.json: .*the letters are written, but the next ones would be about the same}, 'with what follows from it');
$h->write_file('broken.json', '{"version":1,');
$said = letters($h, @all, @mail, '--since-last', '--stamp', 'broken.json');
is("$said->{status} $said->{out}", '2 ', 'a broken stamp: no letters');
is(TlsGate::Httpd::slurp($h->dir . '/broken.json'), '{"version":1,', 'and it is left as it is');

# --- the stamp beside the state, and check
my $wrapper = $h->write_file('program', "#!/bin/sh\nexec " . join(' ', map { "'$_'" } $h->command) . qq( "\$@"\n));
chmod 0755, $wrapper;
my $checked;
sub check {
    my (@args) = @_;
    local %ENV = ($h->_environment);
    my $call = join ' ', map { "'$_'" } TlsGate::Ctl::program(), '--state', $state, '--httpd', $wrapper, 'check', @args;
    $checked = qx($call 2>&1);
    return $? >> 8;
}
is(check('--json'), 1, 'check: a trial is near, and nobody was told') or diag($checked);
my $due = JSON::PP->new->utf8->decode($checked)->{letters};
is_deeply([ map { "$_->{schedule} $_->{trial}" } @$due ], ['legacy 2018-07-20T14:00:00Z'], '... for programs');
is(check('--stamp', 'none'), 1, 'for people');
like($checked =~ s/\s+/ /gr, qr/legacy: a trial begins at 2018-07-20T14:00:00Z, in 9 days.*, and no letters were written to the clients that it rejects/, '... in a sentence');
is(check('--stamp', $h->dir . '/stamp.json'), 0, 'the stamp that is named tells it') or diag($checked);
letters($h, @all, @mail);
is((stat "$state.letters")[2] & 07777, 0640, 'without a name the stamp is beside the state, and not for everybody');
is(check('--json'), 0, 'where check finds it') or diag($checked);
is_deeply(JSON::PP->new->utf8->decode($checked)->{letters}, [], '... and has nothing to say');
$h->write_file('none.csv', "client,address\n");
unlink "$state.letters";
is(letters($h, @all, '--addresses', 'none.csv', '--sender', 'a@example.com')->{out}, '', 'nobody in the list');
is(check('--json'), 1, 'letters without an addressee are none');
for ([ '2018-06-26T08:59:59Z', 0 ], [ '2018-06-26T09:00:00Z', 1 ], [ '2018-07-10T09:59:59Z', 1 ]) {
    my ($clock, $status) = @$_;
    $h->stop_clock($clock);
    is(check('--json'), $status, "$clock, with trials from 2018-07-10T09:00:00Z on: $status") or diag($checked);
}
$h->set_clock('2018-07-22T00:00:00Z');
is(check('--json'), 0, 'none after the last') or diag($checked);

# --- one that was met by a window of a repeated trial
$h->set_clock('2018-07-20T16:05:00Z');
seen('again');
$h->write_file('again.csv', "client,address\nagain,again\@example.org\n");
$h->set_clock('2018-07-22T00:00:00Z');
my ($again) = mails($h, letters($h, @all, '--addresses', 'again.csv', '--sender', 'a@example.com')->{out});
like($again->{body}, qr/^Trials that rejected requests of yours:\n    at least once in one of: every hour for 10 min, from Fri 20 Jul 2018, 14:00 UTC to Sat 21 Jul 2018, 14:00 UTC$/m, 'which window it was is not known');

# --- refused handshakes
$h->set_clock('2018-11-01T00:00:00Z');
ask(port => $h->port, tls => 'TLSv1', sni => 'api.example.com') for 1 .. 2;
$h->wait_sightings($lines += 2);
my @mails = mails($h, letters($h, @all, @mail)->{out});
is_deeply([ grep { $_->{body} =~ /Probably/ } @mails ], [], 'two accounts had that address and JA4: neither is told');
like(letters($h, @all, '--addresses', 'list.csv', '--dry-run')->{out}, qr/^ +1  addresses of failed handshakes that may belong to several accounts, which get no letter about them$/m, '... which the dry run says');
my $one = join '', map { "$_\n" } grep { !/nomail|again/ } split /\n/, TlsGate::Httpd::slurp($log);
$h->write_file('one.ndjson', $one =~ s/^.*"refuse".*\n//mgr);
my @one = ('one.ndjson', '--state', $state, '--addresses', 'list.csv', '--sender', 'a@example.com', '--client', 'account:acme', '--since-last', '--stamp', 'refused.json');
is(scalar(mails($h, letters($h, @one)->{out})), 1, 'before it was refused');
is(letters($h, @one)->{out}, '', '... there is nothing new');
$h->write_file('one.ndjson', $one);
is(scalar(mails($h, letters($h, @one)->{out})), 1, 'that it is refused is new');
my ($told) = grep { $_->{to}[0] eq 'it@acme.example' } mails($h, letters($h, 'one.ndjson', '--state', $state, @mail)->{out});
like($told->{body}, qr/^Probably also yours: 2 handshakes that failed, the last at Thu 1 Nov 2018, 00:\d\d(?::\d\d)? UTC\.\nA failed handshake carries no account\. We have seen the address and\nfingerprint \(JA4\) of these only with your account\.$/m, 'one account: it is told, as probable');
$h->finish_ok;
# --- dates that have come, dates that are not set, and the other sentences
{
    my $dated = TlsGate::Httpd->new(clock => '2018-07-01T00:00:00Z', conf => <<'CONF');
Listen @tls@
TlsGateState $DIR/state/state.json
TlsGateLog logs/tlsgate.ndjson
TlsGateIdentity header:X-Account
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule undated>
    TlsGateDeprecate TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
</TlsGateSchedule>
<VirtualHost *:@tls@>
    ServerName api.example.com
    SSLEngine on
    TlsGate legacy undated
</VirtualHost>
CONF
    mkdir $dated->dir . '/state';
    $dated->stop_clock('2018-07-01T00:00:00Z');
    $dated->start;
    ask(port => $dated->port, tls => $_->[1], headers => ["X-Account: $_->[0]"]) for [ 'dated', 'TLSv1' ], [ 'undated', 'TLSv1.1' ];
    $dated->wait_sightings(2);
    my $dates = sub {
        my ($account, $time) = @_;
        $dated->stop_clock($time);
        $dated->write_file('list.csv', "client,address\n$account,it\@example.org\n");
        my $out = letters($dated, $dated->dir . '/logs/tlsgate.ndjson', '--state', $dated->dir . '/state/state.json', '--addresses', 'list.csv', '--sender', 'api@example.com')->{out};
        my ($mail) = mails($dated, $out);
        like($mail->{body}, qr/^a program of your account $account connects to our service in a\nway that we are retiring: TLS 1\.[01]\. It has to be changed\.$/m, "$account at $time: what it is about");
        return [ $mail->{body} =~ /^What happens when:\n((?: {4}.*\n)*)/m ? map { s/^ {4}//r } split(/\n/, $1) : () ];
    };
    my ($CUTOFF, $REFUSE) = ('Tue 7 Aug 2018, 08:40 UTC', 'Thu 1 Nov 2018, 00:00 UTC');
    is_deeply($dates->('dated', '2018-08-07T08:39:59Z'), [ "rejected for good: from $CUTOFF", "refused in the TLS handshake: from $REFUSE" ], '... dates to come');
    is_deeply($dates->('dated', '2018-08-07T08:40:00Z'), [ "rejected for good: since $CUTOFF", "refused in the TLS handshake: from $REFUSE" ], '... and one that has');
    is_deeply($dates->('dated', '2018-11-01T00:00:00Z'), [ "rejected for good: since $CUTOFF", "refused in the TLS handshake: since $REFUSE" ], '... and both');
    is_deeply($dates->('undated', '2018-08-07T08:40:00Z'), ['no date is set yet'], '... no date is told as such');
    $dated->finish_ok;
}
done_testing;
