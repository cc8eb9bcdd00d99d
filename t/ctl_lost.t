#!/usr/bin/perl
# tlsgatectl when httpd does not apply the state file: the file is gone, or others
# may write to it, so that httpd refuses it.
use strict;
use warnings;

use lib 't/lib';
use Test::More;
use TlsGate::Ctl qw(says);

my @WHY = (qw(--reason because --by ops --yes));
my $ctl = TlsGate::Ctl->new(acts => 0);

# With a httpd that goes on with what it had.
sub status { local $ctl->{acts} = 1; return $ctl->run('status') }

# --- a file that is gone --------------------------------------------------------------------
says($ctl->run('resume', 'legacy-tls', @WHY), 1, qr//, qr/nothing to end/, 'never written: nothing to end');
is($ctl->document, undef, 'and nothing is written');

$ctl->run('suspend', 'legacy-tls', '--until', '2018-08-21T09:00Z', @WHY);
unlink $ctl->{state};
says(status(), 1, qr/^in force\n  legacy-tls: suspended until .*^problems\n  \S+state\.json is gone, and every httpd keeps using [^\n]*\n    -> restore it; .*resume --all.*\(gone\)$/ms, qr//, 'a file that is gone is a problem');
# A httpd that cannot be asked may go on with what it had.
my @unasked = (TlsGate::Ctl::program(), '--state', $ctl->{state}, '--httpd', '/nonexistent/httpd');
for my $change ([qw(suspend legacy-tls --until 2018-08-22T09:00Z)], [qw(exempt add legacy-tls account:acme --until 2018-08-22T09:00Z)], [qw(resume legacy-tls)], [qw(resume nosuch)]) {
    says($ctl->run_as({}, @unasked, @$change, @WHY), 2, qr//, qr/nothing was changed: \S+ is gone, .* a change would end all of that\. Restore the file, or end all of it: tlsgatectl resume --all/, "@$change[0, 1]: it would end the overrides in force");
}
is($ctl->document, undef, 'and nothing is written');
says($ctl->run(qw(resume nosuch), @WHY), 2, qr//, qr/there is no schedule "nosuch"; there are: /, 'a schedule that does not exist');
says($ctl->run(qw(resume legacy-tls), @WHY), 1, qr//, qr/nothing to end/, 'where httpd does not run, nothing is in force');
says($ctl->run(qw(suspend legacy-tls --until 2018-08-22T09:00Z --dry-run), @WHY), 0, qr//, qr/warning: \S+ is gone, and no httpd acts on what it had: a new, empty document is started/, '... and a change may begin anew');
is($ctl->document, undef, 'and nothing is written');
says($ctl->run('resume', 'legacy-tls', '--all', @WHY), 2, qr//, qr/--all goes without names/, 'one of the two');
says($ctl->run_as({}, @unasked, qw(resume --all --dry-run), @WHY), 0, qr//, qr/warning: the document is gone, .* ends all of that/, 'resume --all warns about its effect');
is($ctl->document, undef, 'and dry-run does not do it');
says($ctl->run(qw(resume --all), @WHY), 2, qr//, qr/this is not a terminal: add --confirm-all to make the change/, '--yes is not enough for it');
is($ctl->document, undef, '... nothing is written');
says($ctl->run(qw(resume --all --confirm-all), @WHY), 0, qr//, qr/written: /, 'then it does');
is_deeply($ctl->document, { version => 1, overrides => [], exemptions => [] }, 'a document without entries');
is_deeply([ map { [ @$_{qw(command schedule from to outcome)} ] } ($ctl->audit)[ -4 .. -1 ] ],
    [ map { my $outcome = $_; map { [ 'resume', $_, undef, undef, $outcome ] } qw(legacy-tls kx) } qw(begun written) ], 'the audit has it');
says(status(), 0, qr/\(read\)/, qr//, 'no problem is left');
says($ctl->run('resume', 'legacy-tls', @WHY), 1, qr//, qr/nothing to end/, 'once more: nothing to end');

# --- a first change that was killed before it was made --------------------------------------
{
    my $first = TlsGate::Ctl->new;
    $first->write("$first->{state}.audit", qq({"time":"2018-08-08T11:00:00Z","by":"ops","command":"suspend","outcome":"begun"}\n));
    says($first->run('suspend', 'legacy-tls', '--until', '2018-08-21T09:00Z', @WHY), 0, qr//, qr/written: /, 'nothing is in force that could be lost: the change is made');
}

# --- a directory that others may write to ---------------------------------------------------
chmod 0775, $ctl->{dir};
my @suspend = ('suspend', 'legacy-tls', '--until', '2018-08-21T09:00Z', @WHY);
my $refused = qr/httpd refuses the state: the directory \S+ is writable by group or others; run chmod go-w \S+/;
says($ctl->run(@suspend, '--dry-run'), 0, qr//, qr/warning: $refused/, 'a directory that others may write to: a warning before the change');
says($ctl->run(@suspend), 3, qr//, qr/warning: \S+ is written, but not in force: $refused/, 'and after it: written, and not in force');
is(scalar @{ $ctl->document->{overrides} }, 1, 'the state is written nevertheless');
chmod 0755, $ctl->{dir};
says($ctl->run('resume', 'legacy-tls', @WHY), 0, qr//, qr/written: /, 'repaired');
SKIP: {
    skip 'only root can change owners', 6 if $>;
    chmod 0700, $ctl->{dir};
    says(status(), 1, qr/^  httpd cannot read the state: only root may use the directory \S+\n    -> run chmod go\+rX \S+$/m, qr//, 'a directory that only root may enter');
    chmod 0755, $ctl->{dir};
    chown 65534, -1, $ctl->{dir};
    says(status(), 1, qr/^  httpd refuses the state: the directory \S+ belongs to user 65534\n    -> run chown root \Q$ctl->{dir}\E$/m, qr//, 'a directory of another user');
    says($ctl->run(@suspend), 3, qr//, qr/is written, but not in force: httpd refuses/, 'a change there is not in force');
    chown 0, -1, $ctl->{dir};
    chmod 0600, $ctl->{state};
    says(status(), 1, qr/^  httpd cannot read the state: only root may use the file \S+\n    -> run chmod go\+rX \S+$/m, qr//, 'a file that only root may read');
    chmod 0644, $ctl->{state};
    chown 65534, -1, $ctl->{state};
    says(status(), 1, qr/^  httpd refuses the state: the file \S+ belongs to user 65534\n    -> run chown root \Q$ctl->{state}\E$/m, qr//, 'a file of another user');
    chown 65534, -1, "$ctl->{state}.plan";
    says(status(), 0, qr//, qr//, 'which is right if that user started httpd');
    chown 0, -1, "$ctl->{state}.plan", $ctl->{state};
    $ctl->run('resume', 'legacy-tls', @WHY);
}
{
    my $away = "$ctl->{dir}.away";
    rename($ctl->{dir}, $away) or die;
    says(status(), 1, qr/^  the directory \S+ is missing: run install -d -m 755 \S+, then reload httpd$/m, qr//, 'a missing directory');
    rename($away, $ctl->{dir}) or die;
}

# --- a file that follows a store ------------------------------------------------------------
my %follow = (version => 1, store => 'etcd://a.example.com/tlsgate/state', key => 'tlsgate/state', cluster => '7',
    revision => 12, audited => 12, digest => 'sha256:00', connected => JSON::PP::true, since => '2018-08-08T11:00:00Z');
$ctl->write("$ctl->{state}.follow", JSON::PP->new->encode(\%follow) . "\n");
says($ctl->run(@suspend), 0, qr//, qr/warning: \S+ has followed etcd:\S+: this changes this machine only/, 'a change by hand is for this machine only');
says(status(), 1, qr/^  nothing follows etcd.*^  \S+state\.json is no longer revision 12 of etcd.*^file   \S+ follows etcd:\S+, revision 12, not any more\n/ms,
    qr//, 'status says what the file followed, and that nothing follows now');
$ctl->write("$ctl->{state}.follow", '{"version":1,"store":"etcd:');
says(status(), 0, qr/\A(?!.*follows)/s, qr//, 'an incomplete line does not count');
done_testing;
