# The state file where it is mounted: in the way of a Kubernetes ConfigMap, whose directory lets
# everyone write and is mounted read-only, with the links that its updates replace; and alone, where
# httpd never sees the file that replaces it. In a mount namespace of its own, as root.
use strict;
use warnings;

use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask);
use TlsGate::Ctl;
use TlsGate::Httpd;
use TlsGate::State qw(document suspend);

plan skip_all => 'only root may mount' if $>;
plan skip_all => 'unshare -m is not permitted here' if system('unshare -m mount -t tmpfs none /mnt >/dev/null 2>&1') != 0;

my $END = '2099-01-01T00:00:00Z';
my $CONF = <<'CONF';
Listen 127.0.0.1:@tls@
SSLEngine on
TlsGateState $DIR/state/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
TlsGate legacy
CONF

# A httpd in a mount namespace that was prepared by those lines of shell.
sub httpd_with {
    my ($prepare, $conf) = @_;
    my $h = TlsGate::Httpd->new(conf => $conf // $CONF);
    my $dir = $h->dir;
    mkdir "$dir/$_" or die "$dir/$_: $!" for qw(state volume);
    chmod 0755, "$dir/state";
    $h->{under} = ['unshare', '-m', 'sh', '-ec', "cd '$dir'\n[ \"\$PREPARED\" ] || { $prepare\n}\nexport PREPARED=1\nexec \"\$@\"", 'sh'];
    return $h;
}
sub status { my ($h) = @_; my $r = ask(port => $h->port, tls => 'TLSv1'); return $r && $r->{status} // 'no answer' }
sub becomes { my ($h, $status) = @_; return $h->wait_until(sub { status($h) eq $status }, undef, 0.1) }
sub put { my ($path, $text) = @_; open(my $out, '>', $path) or die "$path: $!"; print $out $text; close $out; chmod 0644, $path }

# As kubelet does it: DIR/state.json -> ..data/state.json, ..data -> ..N, and an update replaces ..data.
my $number = 0;
sub update {
    my ($volume, @entries) = @_;
    my $data = '..' . ++$number;
    mkdir "$volume/$data" or die; chmod 0777, "$volume/$data", $volume;
    put("$volume/$data/state.json", document(@entries));
    symlink($data, "$volume/..new") or die; rename("$volume/..new", "$volume/..data") or die;
    symlink('..data/state.json', "$volume/state.json") unless -l "$volume/state.json";
}

# --- a directory that everyone may write
my @mounted;
END { local $?; system('umount', $_) for @mounted }
my $BIND = "mount --bind volume state\nmount -o remount,bind,ro state";
{
    # A file system that this test can write, and httpd cannot: there it is mounted once, read-only.
    my $h = httpd_with("$BIND\numount volume");
    my $volume = $h->dir . '/volume';
    system('mount', '-t', 'tmpfs', 'none', $volume) == 0 or die "mount: $?";
    push @mounted, $volume;
    update($volume);
    my ($status, $said) = $h->run('-t');
    unlike($said, qr/TLSGATE0070/, 'a ConfigMap is no place to be warned about') or diag($said);
    $h->start;
    is(status($h), 426, 'a state without entries');
    update($volume, suspend('legacy', $END));
    ok(becomes($h, 200), 'an update is followed');
    update($volume);
    ok(becomes($h, 426), '... and the next one');
    $h->stop;
    unlike($h->error_log, qr/TLSGATE0022/, '... the file was never refused');
    system('umount', pop @mounted) == 0 or die "umount: $?";
}
for (
    ['mounted so that it can be written', 'mount --bind volume state'],
    ['read-only here, but not where it comes from', $BIND],
) {
    my ($what, $prepare) = @$_;
    my $h = httpd_with($prepare);
    update($h->dir . '/volume', suspend('legacy', $END));
    my ($status, $said) = $h->run('-t');
    like($said, qr/TLSGATE0070: TlsGateState "[^"]*": the directory is writable by group or others; run chmod go-w \S+/, "a directory for everyone, $what: a warning");
    $h->start;
    is(status($h), 426, '... the file is refused');
    like($h->error_log, qr/TLSGATE0022: TlsGateState "[^"]*": the directory (?:that a link leads to )?is writable by group or others/, '... the error log says so');
    $h->stop;
}

{ # a sealed mount that another one hides, which can be written elsewhere
    my $h = httpd_with("mount --bind volume over/state\nmount -o remount,bind,ro over/state\numount volume\nmount --bind other over\nmount -o remount,bind,ro over", $CONF =~ s{/state/}{/over/state/}r);
    my $dir = $h->dir;
    mkdir "$dir/$_" or die "$_: $!" for qw(over over/state other other/state);
    system('mount', '-t', 'tmpfs', 'none', "$dir/volume") == 0 or die "mount: $?";
    push @mounted, "$dir/volume";
    update("$dir/other/state", suspend('legacy', $END));
    my ($status, $said) = $h->run('-t');
    like($said, qr/TLSGATE0070: TlsGateState "[^"]*": the directory is writable by group or others/, 'a mount over a sealed one: what counts is the one that is seen') or diag($said);
    $h->start;
    is(status($h), 426, '... the file is refused');
    $h->stop;
    system('umount', pop @mounted) == 0 or die "umount: $?";
}

# --- a file alone
{
    my $h = httpd_with("touch state/state.json\nmount --bind volume/state.json state/state.json");
    my $file = $h->dir . '/volume/state.json';
    put($file, document(suspend('legacy', $END)));
    $h->start;
    is(status($h), 200, 'a file that is mounted alone');
    put("$file.new", document());
    rename("$file.new", $file) or die;
    my $LEFT = qr/the file was replaced, but the old one is still mounted here; mount the directory in place of the file/;
    ok($h->wait_until(sub { status($h); $h->error_log =~ /TLSGATE0022: TlsGateState "[^"]*": $LEFT/ }, undef, 0.1), '... and is replaced: an error, with what to do');
    is(status($h), 200, '... the last good state stays in force');
    my $ctl = bless { httpd => $h, dir => $h->dir . '/state', state => $h->dir . '/state/state.json' }, 'TlsGate::Ctl';
    my $said = $ctl->run_as({}, 'nsenter', "--mount=/proc/$h->{pid}/ns/mnt", TlsGate::Ctl::program(), '--state', $ctl->{state}, '--httpd', '/nonexistent/httpd', 'status');
    like($said->{out}, $LEFT, '... status says it too');
    is($said->{status}, 1, '... as a problem');
    status($h) for 1 .. 3;
    is(scalar(() = $h->error_log =~ /$LEFT/g), 1, '... the error log says it once');
    $h->stop;
}
done_testing;
