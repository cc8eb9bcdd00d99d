#!/usr/bin/perl
# Wrong calls of tlsgatectl: each says what is wrong and what to do, and ends with 2.
use strict;
use warnings;

use lib 't/lib';
use Test::More;
use TlsGate::Ctl qw(says);

my $ctl = TlsGate::Ctl->new;
$ctl->{httpd}->stop_clock('2018-08-08T12:00:00Z');
my $program = TlsGate::Ctl::program();
my ($list) = $ctl->run_as({}, $program, '--help')->{out} =~ /^Commands:\n(.*?)\n\n/ms;
my @commands = $list =~ /^  (\w+)/mg;
cmp_ok(scalar @commands, '>', 15, 'there are commands');

# An option that a command has not leads to the help of that command.
for my $command (@commands) {
    says($ctl->run($command, '--nonsense'), 2, undef, qr/\Atlsgatectl: $command has no option --nonsense\ntlsgatectl: tlsgatectl $command --help shows how it is written, with examples\n\z/, "$command: an option that it has not");
}
says($ctl->run('--nonsense'), 2, undef, qr/\Atlsgatectl: there is no option --nonsense\ntlsgatectl: tlsgatectl --help shows the commands\n\z/, 'without a command');

my @WHY = (qw(--reason x --yes));
my $dir = $ctl->{httpd}{dir};
for (
    [ [qw(exempt)],                                               qr/^tlsgatectl: say what: exempt add, exempt remove, exempt import, exempt export or exempt list$/m ],
    [ [ qw(exempt import), @WHY ],                                qr/^tlsgatectl: exempt import: name the list: FILE\.csv, or - for the standard input$/m ],
    [ [ 'exempt', 'import', "$dir/none", @WHY ],                  qr/none: No such file or directory; name the list, or - for the standard input$/m ],
    [ [ qw(exempt add legacy-tls 0.0.0.0/0 --for 1h), @WHY ],     qr/^tlsgatectl: "0\.0\.0\.0\/0" is everybody: to serve all clients: tlsgatectl suspend NAME$/m ],
    [ [ qw(exempt add legacy-tls ::/0 --for 1h), @WHY ],          qr/^tlsgatectl: "::\/0" is everybody/m ],
    [ [ qw(exempt add legacy-tls acme/0 --for 1h), @WHY ],        qr/^tlsgatectl: "acme\/0" is not a client: write account:NAME/m ],
    [ [ qw(suspend kx --for 1h --until 17:00Z), @WHY ],           qr/^tlsgatectl: --until and --for: write one of them$/m ],
    [ [ qw(suspend one two one --for 1h) ],                       qr/^tlsgatectl: suspend: there is no schedule "one" \(there are: legacy-tls, kx\); there is no schedule "two"; there is no schedule "one"; say why: --reason TEXT\n.* suspend legacy-tls --for 1h --reason 'ticket 4711'$/m ],
    [ [qw(simulate --protocol TLS1.0)],                           qr/^tlsgatectl: --protocol "TLS1\.0": write one of SSLv3 TLSv1 /m ],
    [ [qw(simulate --host none.example)],                         qr/^tlsgatectl: --host none\.example: no server has that name, in ServerName or ServerAlias; leave it out to see all of them$/m ],
    [ [ 'report', $dir ],                                         qr/^tlsgatectl: \Q$dir\E: it is a directory; name the logs in it$/m ],
    [ [qw(report --group-by x /dev/null)],                        qr/^tlsgatectl: --group-by "x": write one of account, /m ],
    [ [qw(report --since 2018-07-02T00:00Z --until 2018-07-02T00:00Z /dev/null)], qr/^tlsgatectl: --until 2018-07-02T00:00:00Z: it is not after --since, 2018-07-02T00:00:00Z, so nothing is between them$/m ],
    [ [qw(report --until 2d --since 1d /dev/null)],               qr/^tlsgatectl: --until 2018-08-06T12:00:00Z: it is not after --since, 2018-08-07T12:00:00Z/m ],
    [ [qw(hash)],                                                 qr/^tlsgatectl: there is no text to hash, .*; write it to the standard input: printf %s TEXT \| tlsgatectl hash$/m ],
) {
    my ($args, $message) = @$_;
    says($ctl->run(@$args), 2, undef, $message, "@$args");
}
says($ctl->run(qw(report --since 2d --until 1d /dev/null)), 0, qr/CLIENT/, undef, 'times in their order are right');
done_testing;
